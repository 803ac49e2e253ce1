import { ApiError } from '../meta/errors.ts';
import type { ApiResponse, WriteOptions } from '../ports/endpoint.ts';
import type { WriteResult } from '../ports/resources.ts';
import type { KindDefinition } from '../schema/kind.ts';
import { checkedWrite } from './authorized-resources.ts';
import { type ResourceCall, revisionHeader, revisionMade, type VerbPorts, viewOf, writeAnswer } from './call.ts';
import { readDeleteBody, readObjectBody, readPatchBody } from './decode.ts';
import { readDeleteOptions, readListQuery, readWriteOptions } from './query-options.ts';
import { refuseMethod, successStatus } from './status.ts';
import { contentTypeOf, listBody, type View, valueBody } from './view.ts';

/** `POST` to a collection: 201 with the object as stored. */
export async function createObject(call: ResourceCall, { resources, clock }: VerbPorts): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const options = readWriteOptions(call.request.query, 'CreateOptions');
  const body = await readObjectBody(call.request, call.target);
  call.context.audit?.sent(body.value);
  return writeAnswer(await resources.create(call.context, call.target, body, options), 201, view);
}

/** `PUT` of an object: 200, or 201 for the kinds that may be created so. */
export async function updateObject(
  call: ResourceCall,
  { resources, authorizer, clock }: VerbPorts,
): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const options = readWriteOptions(call.request.query, 'UpdateOptions');
  const body = await readObjectBody(call.request, call.target);
  call.context.audit?.sent(body.value);
  const { context, target } = call;
  const write = (checked: WriteOptions) => resources.update(context, target, body, checked);
  const result =
    target.definition.createsOnUpdate === true
      ? await checkedWrite(authorizer, { context, target, options }, write)
      : await write(options);
  return writeAnswer(result, result.created ? 201 : 200, view);
}

/** `PATCH` of an object in any of the forms its kind takes; server-side apply creates what is absent (201). */
export async function patchObject(
  call: ResourceCall,
  { resources, authorizer, clock }: VerbPorts,
): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const { context, target, request } = call;
  const isApply = (request.headers['content-type'] ?? '').startsWith('application/apply-patch+yaml');
  const options = readWriteOptions(request.query, 'PatchOptions', isApply);
  const patch = await readPatchBody(request, target.definition);
  context.audit?.sent(patch.type === 'apply' ? patch.body.value : patch.patch.body);
  const result =
    patch.type === 'apply'
      ? await checkedWrite(authorizer, { context, target, options }, (checked) =>
          resources.apply(context, target, patch.body, checked),
        )
      : await resources.patch(context, target, patch.patch, options);
  return writeAnswer(result, result.created ? 201 : 200, view);
}

/** `DELETE` of an object: a success Status when it is gone, the object when something still holds it and for some kinds. */
export async function deleteObject(call: ResourceCall, { resources, clock }: VerbPorts): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const body = await readDeleteBody(call.request);
  call.context.audit?.sent(body);
  const options = readDeleteOptions(call.request.query, body);
  const result = await resources.delete(call.context, call.target, options);
  const isGone = result.deleted === true && call.target.definition.returnsDeleted !== true;
  return isGone ? deletedAnswer(result, view) : writeAnswer(result, 200, view);
}

async function deletedAnswer(result: WriteResult, view: View): Promise<ApiResponse> {
  const { group, plural } = view.target.definition;
  const { uid } = result.object.parsed().metadata;
  const plainView: View = { ...view, representation: { ...view.representation, shape: 'object' } };
  return {
    status: 200,
    headers: { 'content-type': contentTypeOf(view), [revisionHeader]: String(revisionMade(result)) },
    body: await valueBody(successStatus({ name: view.target.name, group, kind: plural, uid }), plainView),
  };
}

/** `DELETE` of a collection: the list of what was deleted or marked. */
export async function deleteObjects(call: ResourceCall, { resources, clock }: VerbPorts): Promise<ApiResponse> {
  const view = viewOf(call, clock);
  const { query } = call.request;
  const body = await readDeleteBody(call.request);
  call.context.audit?.sent(body);
  const options = readDeleteOptions(query, body);
  const results = await resources.deleteCollection(call.context, call.target, readListQuery(query), options);
  const revision = results.reduce((newest, result) => Math.max(newest, revisionMade(result)), 0);
  const items = results.map(({ object }) => object);
  return {
    status: 200,
    headers: { 'content-type': contentTypeOf(view), [revisionHeader]: String(revision) },
    body: await listBody({ items, revision }, view),
  };
}

const verbNames: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * Refuses a method that a path of a resource does not take; custom resources say it in words of their own.
 * @throws {ApiError} `MethodNotAllowed`, always.
 */
export function refuseVerb(definition: KindDefinition, method: string): never {
  const { custom, plural, group } = definition;
  if (custom === undefined) refuseMethod();
  const what = `${verbNames[method] ?? ''} is not supported on resources of kind "${plural}.${group}"`;
  throw new ApiError('MethodNotAllowed', what, { group, kind: plural });
}
