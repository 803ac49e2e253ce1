import { formatTime } from '../../../kernel/base/clock.ts';
import { ApiError, ConflictError, type FieldError, InvalidError } from '../../../kernel/meta/errors.ts';
import { notSupported, present } from '../../../kernel/meta/field-rules.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/meta/object.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import type { ComputedRequest, ComputedResource, ComputedSubresource } from '../../../kernel/ports/endpoint.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Binding } from '../../../kernel/schema/standard/types.ts';
import { createdStatus } from './eviction.ts';
import { podKind } from './type.ts';

/** Gives a pod its node (`core/v1.Binding`). */
const bindingKind: KindDefinition<Binding> = {
  group: '',
  kind: 'Binding',
  plural: 'bindings',
  singular: 'binding',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('core/v1.Binding'), columns: [] }],
  statusSubresource: false,
  history: 'none',
};

/**
 * `pods/binding`: how schedulers of others place pods.
 * @param client may write pods and their status; the right to bind was checked before.
 */
export function podBindings(client: Client): ComputedSubresource {
  return {
    resource: 'pods',
    subresource: 'binding',
    definition: bindingKind,
    create: (request, name) => bindPod(client, request, name),
  };
}

/** The same as a resource of its own, as it was before subresources: the name of the binding is that of the pod. */
export function bindings(client: Client): ComputedResource {
  return {
    definition: bindingKind,
    create: (request) => {
      const { metadata } = request.body;
      const name = isJsonObject(metadata) ? metadata['name'] : undefined;
      return bindPod(client, request, typeof name === 'string' ? name : '');
    },
  };
}

async function bindPod(client: Client, request: ComputedRequest, name: string): Promise<JsonObject> {
  const { body, namespace, receivedAtMs, signal } = request;
  const target = isJsonObject(body['target']) ? body['target'] : {};
  validate(target, name);
  const key = { resource: 'pods/binding', namespace, name };
  const pod = await client.get(podKind, { namespace, name }, signal);
  const node = target['name'] as string;
  const bound = pod.spec?.nodeName ?? '';
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw new ConflictError(key, `pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (bound !== '') throw new ConflictError(key, `pod ${name} is already assigned to node ${JSON.stringify(bound)}`);
  if ((pod.spec?.schedulingGates ?? []).length > 0) {
    throw new ConflictError(key, `pod ${name} has non-empty .spec.schedulingGates`);
  }
  const { resourceVersion, uid } = pod.metadata;
  const given = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const { uid: wantedUid = uid, annotations } = given;
  if (wantedUid !== uid) {
    const uids = `UID in precondition: ${JSON.stringify(wantedUid)}, UID in object meta: ${uid}`;
    throw new ConflictError(key, `Precondition failed: ${uids}`);
  }
  const placed = {
    metadata: { resourceVersion, ...(annotations === undefined ? {} : { annotations }) },
    spec: { nodeName: node },
  };
  await client.patch(podKind, { namespace, name }, { type: 'merge', body: placed }, { subresource: 'binding' }, signal);
  const condition = { type: 'PodScheduled', status: 'True', lastTransitionTime: formatTime(receivedAtMs) };
  const status = { metadata: { uid }, status: { conditions: [condition] } };
  const options = { subresource: 'status' };
  await client.patch(podKind, { namespace, name }, { type: 'strategic', body: status }, options, signal);
  return createdStatus;
}

/** @throws {ApiError} `Invalid` (Kubernetes `ValidatePodBinding`) or `BadRequest` without a name. */
function validate({ kind = '', name }: JsonObject, pod: string): void {
  if (pod === '') throw new ApiError('BadRequest', 'name is required');
  const errors: FieldError[] = [];
  if (kind !== '' && kind !== 'Node') errors.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  errors.push(...present('target.name', typeof name === 'string' ? name : undefined));
  if (errors.length > 0) throw new InvalidError({ kind: 'Binding', group: '', name: pod }, errors);
}
