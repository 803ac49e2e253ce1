import { ownerOf } from '../../../kernel/controller/controller.ts';
import type { View } from '../../../kernel/controller/controller.ts';
import { type KubeObject, controllerOf } from '../../../kernel/meta/object.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import type { LabelSelector } from '../../../kernel/schema/standard/types.ts';
import { compileSelector } from './selector.ts';

/** A workload that finds what is its own by labels. */
type SelectingWorkload = KubeObject & { readonly spec?: { readonly selector?: LabelSelector } };

/** Maps an object to the owner that controls it or, when nobody does, to every owner that could adopt it. */
export function ownersOf<T extends SelectingWorkload>(
  ownerKind: KindDefinition<T>,
): (object: KubeObject, view: View) => readonly ObjectName[] {
  const controlling = ownerOf(ownerKind);
  return (object, view) => {
    if (controllerOf(object) !== undefined) return controlling(object);
    return view
      .list(ownerKind, object.metadata.namespace)
      .filter((owner) => compileSelector(owner.spec?.selector)(object.metadata.labels))
      .map(nameOf);
  };
}

/** Where an object is, as clients name it. */
export function nameOf({ metadata }: KubeObject): ObjectName {
  const { namespace, name } = metadata;
  return namespace === undefined ? { name } : { namespace, name };
}
