import { namespaceKind } from '../../../kernel/kinds/namespace/type.ts';
import { type ControllerDefinition, watching } from '../../../kernel/controller/controller.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { SiteSessions } from '../hub-line/sessions.ts';
import { workKind } from '../work/type.ts';
import { reconcileSite } from './reconcile.ts';
import { type Site, managementGroup, siteKind, siteOfNamespace } from './type.ts';

/** Keeps the namespace and the status of every Site. `sessions` wakes it when contact begins, ends or brings news. */
export function siteController(sessions: SiteSessions): ControllerDefinition<Site> {
  return {
    name: 'site',
    kind: siteKind,
    rules: [
      { verbs: ['create', 'delete'], groups: [''], resources: ['namespaces'] },
      { verbs: ['delete', 'patch'], groups: [managementGroup], resources: ['works'] },
      { verbs: ['patch'], groups: [managementGroup], resources: ['sites'] },
    ],
    watches: [
      watching(workKind, (work) => siteAt(work.metadata.namespace)),
      watching(namespaceKind, (namespace: KubeObject) => siteAt(namespace.metadata.name)),
    ],
    attach: (trigger) => sessions.onChange((name) => trigger({ name })),
    reconcile: (pass) => reconcileSite(pass, sessions),
  };
}

function siteAt(namespace: string | undefined): readonly ObjectName[] {
  const name = namespace === undefined ? undefined : siteOfNamespace(namespace);
  return name === undefined ? [] : [{ name }];
}
