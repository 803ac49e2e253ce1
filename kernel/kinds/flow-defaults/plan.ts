import { jsonEquals } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';

/** Says who keeps the spec of an object up to date: the server (`true`) or people (`false`). */
export const upkeepAnnotation = 'apf.kubernetes.io/autoupdate-spec';

/** An object every server has. */
export interface FlowDefault {
  readonly name: string;
  readonly spec: object;
  /** People cannot change it. */
  readonly isMandatory: boolean;
}

/** What to do with an object. */
export type Upkeep =
  | { readonly kind: 'none' }
  | { readonly kind: 'remove' }
  /** Absent fields stay as they are. */
  | { readonly kind: 'change'; readonly annotation?: 'true' | 'false'; readonly spec?: object };

/** Looks at one object beside the one it is to be, if any (Kubernetes `flowcontrol/ensurer`). */
export function planUpkeep(object: KubeObject & { readonly spec?: object }, wanted: FlowDefault | undefined): Upkeep {
  const { annotations, generation } = object.metadata;
  const said = flagIn(annotations?.[upkeepAnnotation]);
  if (wanted === undefined) return said === true ? { kind: 'remove' } : { kind: 'none' };
  const isKept = wanted.isMandatory || (said ?? generation === 1);
  const differs = isKept && !jsonEquals(object.spec, wanted.spec);
  if (said === isKept && !differs) return { kind: 'none' };
  return {
    kind: 'change',
    ...(said === isKept ? {} : { annotation: isKept ? 'true' : 'false' }),
    ...(differs ? { spec: wanted.spec } : {}),
  };
}

/** Go's `strconv.ParseBool`; `undefined` for what it does not take. */
function flagIn(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(text)) return true;
  return ['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(text) ? false : undefined;
}
