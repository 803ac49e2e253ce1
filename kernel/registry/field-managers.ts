import type { Json, JsonObject, KubeObject } from '../meta/object.ts';
import { formatApiVersion } from '../meta/object.ts';
import { chooseManagedFields, managedFieldsOf, recordUpdate, type Writer } from '../schema/apply/managed-fields.ts';
import type { MutableObject } from './compiled-kind.ts';
import { metadataOf } from './metadata.ts';
import { nowText, type WriteRequest } from './write-request.ts';

/** The writer of a request, as managedFields names it. */
export function writerOf({ core, kind, target, manager }: WriteRequest): Writer {
  const apiVersion = formatApiVersion(kind.definition.group, target.version);
  return { manager, apiVersion, subresource: target.subresource, nowText: nowText(core) };
}

/** Notes in `metadata.managedFields` which fields this writer (not a server-side apply) set or removed. */
export function recordWriter(request: WriteRequest, draft: MutableObject, old: KubeObject | undefined): void {
  const metadata = metadataOf(draft);
  const before = old as (KubeObject & JsonObject) | undefined;
  const sent = metadata['managedFields'] as Json | undefined;
  const managedFields = recordUpdate({
    ...writerOf(request),
    before,
    after: draft as JsonObject,
    managedFields: chooseManagedFields(sent, managedFieldsOf(before), request.target.subresource),
    schema: request.schema.schema,
  });
  if (managedFields.length === 0) delete metadata['managedFields'];
  else metadata['managedFields'] = managedFields;
}
