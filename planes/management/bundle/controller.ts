import { type ControllerDefinition, watching } from '../../../kernel/controller/controller.ts';
import type { Blobs } from '../../../kernel/ports/blobs.ts';
import { managementGroup } from '../site/type.ts';
import { workKind } from '../work/type.ts';
import { reconcileBundle } from './reconcile.ts';
import { type Bundle, bundleKind } from './type.ts';

/** Runs at the hub: clears away the blobs of bundles that are deleted. */
export function bundleController(blobs: Blobs): ControllerDefinition<Bundle> {
  return {
    name: 'bundle',
    kind: bundleKind,
    rules: [{ verbs: ['patch'], groups: [managementGroup], resources: ['bundles'] }],
    watches: [watching(workKind, ({ spec: { bundle } }) => [{ namespace: bundle.namespace, name: bundle.name }])],
    concurrency: 1,
    reconcile: (pass) => reconcileBundle(pass, blobs),
  };
}
