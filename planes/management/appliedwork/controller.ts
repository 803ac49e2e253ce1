import { type KubeObject, controllerOf, parseApiVersion } from '../../../kernel/meta/object.ts';
import {
  type ControllerDefinition,
  type View,
  type WatchMapping,
  watching,
} from '../../../kernel/controller/controller.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { hubMembershipKind } from '../hubmembership/type.ts';
import { objectKey } from './desired.ts';
import { DeliveryMemory } from './memory.ts';
import type { DeliveryPorts } from './ports.ts';
import { reconcileAppliedWork } from './reconcile.ts';
import { type AppliedWork, appliedWorkKind } from './type.ts';

/** Most owners between an object and the delivered object above it (Pod, ReplicaSet, Deployment). */
const ownersMax = 4;

/**
 * Enforces Works at a site: applies, heals, prunes, removes and reports. It looks at a Work when anything it delivered,
 * or anything below that, changes.
 */
export function appliedWorkController(ports: DeliveryPorts): ControllerDefinition<AppliedWork> {
  const memory = new DeliveryMemory();
  const kindOf = (apiVersion: string, kind: string) => {
    const { group } = parseApiVersion(apiVersion);
    return ports.watchedKinds.find((candidate) => candidate.group === group && candidate.kind === kind);
  };
  const worksOf = (object: KubeObject, definition: KindDefinition, view: View): readonly ObjectName[] =>
    keysAbove(object, definition, view, kindOf).flatMap((key) => memory.worksOf(key).map((name) => ({ name })));
  return {
    name: 'appliedwork',
    kind: appliedWorkKind,
    // Everything it changes it changes as the hub's delivery user.
    rules: [],
    watches: [
      watching(hubMembershipKind, (membership, view) => worksOfHub(membership.metadata.name, view)),
      ...ports.watchedKinds.map(
        (kind): WatchMapping => watching(kind, (object: KubeObject, view) => worksOf(object, kind, view)),
      ),
    ],
    forget: ({ name }) => memory.forget(name),
    reconcile: (pass) => reconcileAppliedWork(pass, ports, memory),
  };
}

function worksOfHub(hubId: string, view: View): readonly ObjectName[] {
  return view
    .list(appliedWorkKind)
    .filter((applied) => applied.spec.hubId === hubId)
    .map((applied) => ({ name: applied.metadata.name }));
}

/** Keys of an object and of everything that owns it; Endpoints belong to the Service of their name. */
function keysAbove(
  object: KubeObject,
  definition: KindDefinition,
  view: View,
  kindOf: (apiVersion: string, kind: string) => KindDefinition | undefined,
): readonly string[] {
  const { namespace, name } = object.metadata;
  const keys = [objectKey({ apiVersion: object.apiVersion, kind: definition.kind, namespace, name })];
  if (definition.kind === 'Endpoints') keys.push(objectKey({ apiVersion: 'v1', kind: 'Service', namespace, name }));
  let owner = controllerOf(object);
  for (let depth = 0; owner !== undefined && depth < ownersMax; depth++) {
    keys.push(objectKey({ ...owner, namespace }));
    const kind = kindOf(owner.apiVersion, owner.kind);
    const next =
      kind === undefined
        ? undefined
        : view.get(kind, namespace === undefined ? { name: owner.name } : { namespace, name: owner.name });
    owner = next === undefined ? undefined : controllerOf(next);
  }
  return keys;
}
