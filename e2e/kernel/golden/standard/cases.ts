import type { Conversation } from '../conversation.ts';

/** An object as it is sent. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

/** Fields to set by their path, `spec/containers/0/name`; `undefined` takes a field away. */
export type Edits = Readonly<Record<string, unknown>>;

/** What is asked about one kind. */
export interface KindCase {
  /** Path of the collection. */
  readonly path: string;
  /** The smallest object people write. */
  readonly object: Manifest;
  /** Further objects that are right, each the smallest one edited. Default none. */
  readonly right?: readonly Edits[];
  /** Objects that are wrong, each the smallest one edited. Default none. */
  readonly wrong?: readonly Edits[];
  /** Merge patches of the object that is there, allowed or not. Default none. */
  readonly changes?: readonly object[];
  /** False: it cannot be deleted by itself, or others need it. Default true. */
  readonly isRemoved?: boolean;
}

const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

/** Creates the smallest object, shows it as a table, tries everything else as a dry run and takes it away again. */
export async function askAbout(say: Conversation, one: KindCase): Promise<void> {
  const { path, object, right = [], wrong = [], changes = [], isRemoved = true } = one;
  const at = `${path}/${object.metadata.name}`;
  say.note(`${object.kind}: smallest`);
  await say.post(path, object);
  await say.get(at, table);
  if (right.length > 0) say.note(`${object.kind}: defaults`);
  for (const edits of right) await say.post(`${path}?dryRun=All`, variantOf(object, edits));
  if (wrong.length > 0) say.note(`${object.kind}: wrong`);
  for (const edits of wrong) await say.post(`${path}?dryRun=All`, variantOf(object, edits));
  if (changes.length > 0) say.note(`${object.kind}: changes`);
  for (const change of changes) await say.merge(`${at}?dryRun=All`, change);
  if (isRemoved) await say.remove(at);
}

/** The same object with other fields, under a name of its own unless they say one. */
function variantOf(object: Manifest, edits: Edits): Manifest {
  return edited({ ...object, metadata: { ...object.metadata, name: 'variant' } }, edits);
}

/** A copy of an object with other fields. */
export function edited<T extends object>(object: T, edits: Edits): T {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(edits)) setField(copy, path.split('/'), value);
  return copy;
}

function setField(parent: object, [name = '', ...rest]: readonly string[], value: unknown): void {
  const fields = parent as Record<string, unknown>;
  const key = name.replaceAll('~1', '/');
  if (rest.length === 0) {
    if (value === undefined) delete fields[key];
    else fields[key] = structuredClone(value);
    return;
  }
  const inner = fields[key];
  const next = typeof inner === 'object' && inner !== null ? inner : /^\d+$/.test(rest[0] ?? '') ? [] : {};
  fields[key] = next;
  setField(next, rest, value);
}
