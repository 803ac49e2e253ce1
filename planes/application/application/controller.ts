import { type ControllerDefinition, watching } from '../../../kernel/controller/controller.ts';
import { bundleKind } from '../../management/bundle/type.ts';
import { placementKind } from '../../management/placement/type.ts';
import { managementGroup, siteKind } from '../../management/site/type.ts';
import { workKind } from '../../management/work/type.ts';
import { type ApplicationPorts, reconcileApplication } from './reconcile.ts';
import { type Application, applicationKind, applicationNameLabel, applicationNamespaceLabel } from './type.ts';

/** Runs at the hub: turns Applications into Bundles and Works, and sums up what the sites report. */
export function applicationController(ports: ApplicationPorts): ControllerDefinition<Application> {
  return {
    name: 'application',
    kind: applicationKind,
    rules: [
      { verbs: ['create', 'delete'], groups: [managementGroup], resources: ['bundles'] },
      { verbs: ['create', 'patch', 'delete'], groups: [managementGroup], resources: ['works'] },
      { verbs: ['patch'], groups: [applicationKind.group], resources: ['applications'] },
    ],
    watches: [
      // A Placement changes when the set of chosen sites does: that is why Sites wake nobody here.
      watching(placementKind, ({ metadata }, view) =>
        view
          .list(applicationKind, metadata.namespace)
          .filter((application) => application.spec.placementRef.name === metadata.name)
          .map((application) => ({ namespace: metadata.namespace ?? '', name: application.metadata.name })),
      ),
      watching(siteKind, () => []),
      watching(workKind, ({ metadata }) => {
        const namespace = metadata.labels?.[applicationNamespaceLabel];
        const name = metadata.annotations?.[applicationNameLabel];
        return namespace === undefined || name === undefined ? [] : [{ namespace, name }];
      }),
      watching(bundleKind, ({ metadata, spec }, view) =>
        view
          .list(applicationKind, metadata.namespace)
          .filter((application) => application.status?.digest === spec.digest)
          .map((application) => ({ namespace: metadata.namespace ?? '', name: application.metadata.name })),
      ),
    ],
    reconcile: (pass) => reconcileApplication(pass, ports),
  };
}
