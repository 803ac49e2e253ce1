import type { Clock } from '../base/clock.ts';
import { ApiError } from '../meta/errors.ts';
import type { JsonObject } from '../meta/object.ts';
import type { ApiRequest, ApiResponse, ComputedSubresource, SubresourceHandler } from '../ports/endpoint.ts';
import type { ResourceTarget } from '../ports/resources.ts';
import { viewOf } from './call.ts';
import { readObjectBody } from './decode.ts';
import { contentTypeOf, valueBody } from './view.ts';

/** A POST of something that is answered but never stored. */
export interface ComputedCall {
  readonly request: Pick<ApiRequest, 'headers' | 'query' | 'readBody'>;
  /** Of the kind that is taken and given. */
  readonly target: ResourceTarget;
}

/** Decodes the object of a request, has it answered, and encodes the answer as the client wants it: 201. */
export async function answerComputed(
  call: ComputedCall,
  clock: Clock,
  answer: (body: JsonObject, duplicateFields: readonly string[]) => Promise<JsonObject>,
): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  if (view.representation.shape !== 'object') {
    const text = 'only the following media types are accepted: application/json, application/yaml';
    throw new ApiError('NotAcceptable', text);
  }
  const { value, duplicateFields } = await readObjectBody(call.request, call.target);
  const body = await valueBody(await answer(value, duplicateFields), view);
  return { status: 201, headers: { 'content-type': contentTypeOf(view) }, body };
}

/** Serves a subresource that is one computed object. */
export function computedSubresource(computed: ComputedSubresource, clock: Clock): SubresourceHandler {
  const { resource, subresource, definition } = computed;
  return {
    resource,
    subresource,
    takes: definition,
    verbs: { POST: 'create' },
    handle(request) {
      const { namespace, name, user, signal } = request;
      const version = definition.storageVersion;
      const target: ResourceTarget = { definition, version, namespace, name, subresource: '' };
      const receivedAtMs = clock.nowMs();
      const answer = (body: JsonObject) => computed.create({ body, namespace, user, receivedAtMs, signal }, name);
      return answerComputed({ request, target }, clock, answer);
    },
  };
}
