import { isPlainObject } from '../meta/json.ts';
import type { JsonObject } from '../meta/object.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';

/**
 * Takes over what code of others made of a draft, in place: not who the object is, nor the part another subresource writes.
 * @param next belongs to the draft from now on; it may share parts with what the draft was.
 */
export function takeOver(
  draft: Record<string, unknown>,
  next: JsonObject,
  { definition, subresource }: AdmissionAttributes,
): void {
  const before = { ...draft };
  const metadata = { ...(isPlainObject(next['metadata']) ? next['metadata'] : {}), ...identityOf(before) };
  const { apiVersion, kind } = before;
  const changed: Record<string, unknown> = { ...next, apiVersion, kind, metadata };
  const writesStatus = subresource === 'status' || subresource === 'approval';
  const kept = writesStatus ? { ...before, status: changed['status'] } : { ...changed, status: before['status'] };
  const wanted: Record<string, unknown> = definition.statusSubresource ? kept : changed;
  for (const name of Object.keys(draft)) delete draft[name];
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) draft[name] = value;
}

function identityOf({ metadata }: Record<string, unknown>): object {
  if (!isPlainObject(metadata)) return {};
  const names = ['name', 'namespace', 'uid', 'creationTimestamp', 'resourceVersion', 'generation'];
  return Object.fromEntries(names.flatMap((name) => (metadata[name] === undefined ? [] : [[name, metadata[name]]])));
}
