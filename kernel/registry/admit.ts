import { type FieldError, InvalidError } from '../meta/errors.ts';
import { cloneJson, jsonEquals } from '../meta/json.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import { type AdmitContext, admissionOf, type KindDefinition } from '../schema/kind.ts';
import type { MutableObject } from './compiled-kind.ts';
import { asStatusErrors, finalizerWarnings, validateCustom } from './custom-rules.ts';
import { normalizeEmbedded } from './embedded.ts';
import { recordWriter } from './field-managers.ts';
import { normalizeMetadata } from './metadata-form.ts';
import { metadataOf, readMetadata, validateMetadata } from './metadata.ts';
import { type WriteRequest, writesStatus } from './write-request.ts';

/**
 * Runs a draft through admission: defaults, the kind's own rules, managed fields, mutating plugins, what the server decides,
 * generation, schema and cross-field validation, validating plugins. Everything that is wrong is reported at once.
 * @param merged true when managedFields were settled by a server-side apply.
 * @throws {ApiError} `Invalid`, or the refusal of a plugin.
 */
export async function admitObject(
  request: WriteRequest,
  draft: MutableObject,
  attributes: AdmissionAttributes,
  merged: boolean,
): Promise<KubeObject> {
  const { core, kind, schema, target } = request;
  const rules = admissionOf(kind.definition, target.version);
  const { old } = attributes;
  const context: AdmitContext = {
    operation: old === undefined ? 'create' : 'update',
    subresource: attributes.subresource,
    nowMs: core.clock.nowMs(),
  };
  const loading = schema.loadExpressions();
  if (loading !== undefined) await loading;
  schema.applyDefaults(draft);
  try {
    rules?.mutate?.(draft, old, context);
    // Kubernetes: a writer owns what was sent and its defaults, not what admission and the server itself add.
    if (!merged) await recordWriter(request, draft, old);
    if (await core.admission.mutate(draft, attributes, request.context)) {
      unshareManagedFields(draft);
      normalizeMetadata(draft);
      if (kind.definition.custom !== undefined) normalizeEmbedded(schema.schema, draft);
      schema.prune(draft);
      schema.applyDefaults(draft);
      // What a plugin added gets its defaults too.
      rules?.mutate?.(draft, old, context);
    }
    rules?.prepare?.(draft, old, context);
  } catch (error) {
    // What shapes a draft trusts its types, which are checked with everything else at the end: where one of them is wrong,
    // that is the refusal, and not what broke because of it.
    if (error instanceof TypeError) refuseInvalid(request, draft, schema.validate(draft));
    throw error;
  }
  settleGeneration(request, draft, old);
  await validateObject(request, draft, old, context);
  const object = draft as MutableObject & KubeObject;
  for (const text of rules?.warn?.(object, old, context) ?? []) request.context.warn(text);
  if (kind.definition.custom !== undefined) {
    for (const text of finalizerWarnings(object.metadata, old)) request.context.warn(text);
  }
  await core.admission.validate(object, attributes, request.context);
  return object;
}

/** Entries may still be those of the stored object, which nothing may change. */
function unshareManagedFields(draft: MutableObject): void {
  const metadata = metadataOf(draft);
  if (metadata['managedFields'] !== undefined) metadata['managedFields'] = cloneJson(metadata['managedFields']);
}

async function validateObject(
  request: WriteRequest,
  draft: MutableObject,
  old: KubeObject | undefined,
  context: AdmitContext,
): Promise<void> {
  const { kind, schema, target, context: source } = request;
  const isCustom = kind.definition.custom !== undefined;
  const change = isCustom && old !== undefined ? { old, warn: source.warn } : undefined;
  const values = schema.validateValues(draft, change);
  const errors = [...validateMetadata(kind, readMetadata(draft), old?.metadata)];
  errors.push(...(isCustom && writesStatus(target) ? asStatusErrors(values) : values));
  if (isCustom) errors.push(...validateCustom(request, draft));
  const expressions = schema.validateExpressions(draft, errors, change);
  errors.push(...expressions);
  const object = draft as MutableObject & KubeObject;
  const rules = async () => admissionOf(kind.definition, target.version)?.validate?.(object, old, context) ?? [];
  // Cross-field rules may rely on the schema; they run only on objects that follow it.
  if (values.length === 0 && expressions.length === 0) errors.push(...(await rules()));
  else if (kind.definition.strategicMerge === true && values.every(isHarmless)) {
    return refuseInvalid(request, draft, withRules(errors, await unlessBroken(rules)));
  }
  refuseInvalid(request, draft, errors);
}

/** Kubernetes: what is missing or unknown keeps nobody from looking at the rest of a standard kind. */
function isHarmless({ type }: FieldError): boolean {
  return type === 'NotSupported' || type === 'Required';
}

/**
 * What rules say of a field that is missing or unknown says more than the schema does. Upstream names some lists without
 * the number of the entry: `spec.accessModes` for `spec.accessModes[0]`.
 */
function withRules(errors: readonly FieldError[], found: readonly FieldError[]): readonly FieldError[] {
  const said = new Set(found.map(({ path }) => path));
  const isSaid = (path: string) => [path, path.replace(/\[\d+\]([^[]*)$/, '$1')].some((form) => said.has(form));
  return [...errors.filter((error) => !isHarmless(error) || !isSaid(error.path)), ...found];
}

/** Rules that stumble over what is missing have nothing to add. */
async function unlessBroken(rules: () => Promise<readonly FieldError[]>): Promise<readonly FieldError[]> {
  try {
    return await rules();
  } catch (error) {
    if (error instanceof TypeError) return [];
    throw error;
  }
}

function refuseInvalid({ kind }: WriteRequest, draft: MutableObject, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const { name, generateName = '' } = readMetadata(draft);
  // Kubernetes: Events of events.k8s.io are refused as those of the core group they are.
  const { kind: kindName, group } = kind.definition.storedAs ?? kind.definition;
  throw new InvalidError({ kind: kindName, group, name: name ?? generateName }, errors);
}

/** `metadata.generation` counts changes of the desired state: see `KindDefinition.countsGeneration`. */
function settleGeneration({ kind, target }: WriteRequest, draft: MutableObject, old: KubeObject | undefined): void {
  const metadata = metadataOf(draft);
  const { countsGeneration: counts = true } = kind.definition;
  const first = counts === 'changesOnly' ? 0 : 1;
  const before = old === undefined ? first : (old.metadata.generation ?? first);
  const counted = counts === 'annotationsToo' && writesStatus(target) ? true : counts;
  const isChange = old !== undefined && target.subresource !== 'binding' && countsAsChange(counted, draft, old);
  const generation = before + (isChange ? 1 : 0);
  if (counts === false || generation === 0) delete metadata['generation'];
  else metadata['generation'] = generation;
}

function countsAsChange(counts: KindDefinition['countsGeneration'], draft: MutableObject, old: KubeObject): boolean {
  if (counts === false || counts === 'once') return false;
  if (!isDesiredStateEqual(draft, old)) return true;
  const { annotations } = metadataOf(draft);
  return counts === 'annotationsToo' && !jsonEquals(annotations, old.metadata.annotations);
}

/** True if both want the same: only metadata and status may differ. */
function isDesiredStateEqual(a: object, b: object): boolean {
  return jsonEquals({ ...a, metadata: undefined, status: undefined }, { ...b, metadata: undefined, status: undefined });
}

/** Metadata that the server itself keeps up to date and that is no change by itself. */
const bookkeeping = { resourceVersion: undefined, managedFields: undefined, generation: undefined };

/** True if the write belongs to the history of the kind: see `HistoryClass`. */
export function belongsToHistory(
  { kind }: WriteRequest,
  next: JsonObject | KubeObject,
  old: KubeObject | undefined,
): boolean {
  const { history } = kind.definition;
  if (history !== 'spec') return history === 'all';
  if (old === undefined || !isDesiredStateEqual(next, old)) return true;
  return !jsonEquals({ ...readMetadata(next as JsonObject), ...bookkeeping }, { ...old.metadata, ...bookkeeping });
}
