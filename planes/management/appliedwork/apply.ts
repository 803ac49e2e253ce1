import { ApiError } from '../../../kernel/meta/errors.ts';
import type { JsonObject, KubeObject } from '../../../kernel/meta/object.ts';
import type { LocalEdit } from '../work/type.ts';
import { objectKey } from './desired.ts';
import { asJson } from './drift.ts';
import { withoutPath } from './field-path.ts';
import type { Connection } from './local-edits.ts';
import type { Delivery, Look } from './look.ts';
import { fingerprintOf } from './memory.ts';
import { otherOwner } from './ownership.ts';

/** What became of one object in this pass. */
export type Delivered =
  | { readonly kind: 'applied'; readonly look: Look; readonly object: KubeObject }
  /** A person deleted it while the site was cut off, and that stands. */
  | { readonly kind: 'leftDeleted'; readonly look: Look }
  | {
      readonly kind: 'failed';
      readonly look: Look;
      readonly reason: string;
      readonly message: string;
      readonly isTransient: boolean;
    };

/** Makes one object as delivered, but for the fields of edits that stand. */
export async function applyObject(
  look: Look,
  standing: readonly LocalEdit[],
  connection: Connection,
  delivery: Delivery,
): Promise<Delivered> {
  if (look.isAsDelivered && look.live !== undefined) return { kind: 'applied', look, object: look.live };
  const own = standing.filter((edit) => objectKey(edit) === look.desired.key);
  if (own.some((edit) => edit.path === '') || isRoomLeftDeleted(look, standing)) return { kind: 'leftDeleted', look };
  if (look.live?.metadata.deletionTimestamp !== undefined) {
    return {
      kind: 'failed',
      look,
      reason: 'Terminating',
      message: 'It is being deleted and will be made again',
      isTransient: true,
    };
  }
  const owner = look.live === undefined ? undefined : otherOwner(look.live, delivery.pass);
  if (owner !== undefined) return ownedBy(owner, look);
  return sendApply(look, own, connection, delivery);
}

/** Its namespace was deleted by a person, and that stands. */
function isRoomLeftDeleted({ desired }: Look, standing: readonly LocalEdit[]): boolean {
  return standing.some(({ kind, path, name }) => kind === 'Namespace' && path === '' && name === desired.at.namespace);
}

function ownedBy(owner: string, look: Look): Delivered {
  const message = `It belongs to Work "${owner}": an object can come with one Work only`;
  return { kind: 'failed', look, reason: 'OwnedByOtherWork', message, isTransient: false };
}

async function sendApply(
  look: Look,
  standing: readonly LocalEdit[],
  connection: Connection,
  delivery: Delivery,
): Promise<Delivered> {
  const { client, manager, pass, memory, content } = delivery;
  const { kind, manifest, key } = look.desired;
  // While cut off only changes by controllers are overruled; a person's change that came in since the look makes this
  // apply fail, and the next pass sees it.
  const force = connection.isConnected || look.live === undefined || look.found.length > standing.length;
  try {
    const object = await client.apply(
      kind,
      effectiveManifest(manifest, standing, look),
      { fieldManager: manager, force },
      pass.signal,
    );
    if (standing.length === 0)
      memory.setFingerprint(pass.object.metadata.name, key, fingerprintOf(object, content.digest));
    return { kind: 'applied', look, object };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: 'failed', look, reason: error.reason, message: error.message, isTransient: isTransient(error) };
  }
}

/** The manifest without the fields that local edits hold. */
function effectiveManifest(manifest: KubeObject, standing: readonly LocalEdit[], look: Look): KubeObject & JsonObject {
  let effective: KubeObject & JsonObject = manifest as KubeObject & JsonObject;
  for (const { path } of standing) {
    const steps = look.paths.get(path);
    if (steps !== undefined) effective = withoutPath(asJson(effective), steps) as KubeObject & JsonObject;
  }
  return effective;
}

/** Failures that go away by themselves, soon. */
function isTransient(error: ApiError): boolean {
  return [
    'Conflict',
    'Timeout',
    'ServerTimeout',
    'TooManyRequests',
    'ServiceUnavailable',
    'InternalError',
    'NotFound',
  ].includes(error.reason);
}
