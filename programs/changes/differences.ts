import { isPlainObject, jsonEquals } from '../../kernel/meta/json.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';

/** One field in which two states of an object differ. */
export interface Difference {
  readonly what: 'added' | 'removed' | 'changed';
  /** `spec.template.spec.containers[web].image`, `metadata.labels[app.kubernetes.io/name]`. */
  readonly path: string;
  /** Absent where there was nothing, and where values are not to be seen. */
  readonly before?: unknown;
  readonly after?: unknown;
  /** The values are confidential: that they differ is all that is said. */
  readonly isHidden?: boolean;
}

/** What the server keeps by itself: no change by anybody. */
const bookkeeping: ReadonlySet<string> = new Set([
  'resourceVersion',
  'managedFields',
  'generation',
  'uid',
  'creationTimestamp',
  'selfLink',
]);

/** Fields that name the items of a list, as server-side apply uses most. */
const itemKeys = ['name', 'key', 'type', 'uid', 'containerPort', 'port', 'ip'] as const;

/** Everything in which two states of an object differ, in the order of the fields; values of Secrets are left out. */
export function differences(before: KubeObject | undefined, after: KubeObject | undefined): readonly Difference[] {
  const found: Difference[] = [];
  compare(found, '', withoutBookkeeping(before), withoutBookkeeping(after));
  const isSecret = [before, after].some((state) => state?.apiVersion === 'v1' && state.kind === 'Secret');
  return isSecret ? found.map(hidden) : found;
}

function withoutBookkeeping(state: KubeObject | undefined): unknown {
  if (state === undefined) return undefined;
  const metadata = Object.entries(state.metadata).filter(([field]) => !bookkeeping.has(field));
  return { ...state, metadata: Object.fromEntries(metadata) };
}

/** An annotation may hold a copy of the whole object (`kubectl apply`). */
const confidentialPath = /^(data|stringData)\b|^metadata\.annotations\b/;

function hidden({ what, path, before, after }: Difference): Difference {
  if (confidentialPath.test(path)) return { what, path, isHidden: true };
  return { what, path, before, after };
}

function compare(found: Difference[], path: string, before: unknown, after: unknown): void {
  if (jsonEquals(before, after)) return;
  if (isPlainObject(before) && isPlainObject(after)) return compareFields(found, path, before, after);
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = keyOfItems([...before, ...after]);
    if (key !== undefined) return compareItems(found, path, { before, after, key });
  }
  // A whole part that came or went is shown field by field, so that a secret inside is recognised by its path.
  if (before === undefined && isPlainObject(after)) return compareFields(found, path, {}, after);
  if (after === undefined && isPlainObject(before)) return compareFields(found, path, before, {});
  if (before === undefined) found.push({ what: 'added', path, after });
  else if (after === undefined) found.push({ what: 'removed', path, before });
  else found.push({ what: 'changed', path, before, after });
}

type Fields = Readonly<Record<string, unknown>>;

function compareFields(found: Difference[], path: string, before: Fields, after: Fields): void {
  for (const field of new Set([...Object.keys(before), ...Object.keys(after)])) {
    compare(found, fieldPath(path, field), before[field], after[field]);
  }
}

function fieldPath(path: string, field: string): string {
  if (!/^[A-Za-z0-9_-]+$/.test(field)) return `${path}[${field}]`;
  return path === '' ? field : `${path}.${field}`;
}

/** The field by which all items can be told apart. */
function keyOfItems(items: readonly unknown[]): string | undefined {
  if (!items.every(isPlainObject)) return undefined;
  return itemKeys.find((key) => items.every((item) => ['string', 'number'].includes(typeof item[key])));
}

function compareItems(
  found: Difference[],
  path: string,
  {
    before,
    after,
    key,
  }: { readonly before: readonly Fields[]; readonly after: readonly Fields[]; readonly key: string },
): void {
  const byKey = (items: readonly Fields[]) => new Map(items.map((item) => [String(item[key]), item]));
  const [old, now] = [byKey(before), byKey(after)];
  for (const name of new Set([...old.keys(), ...now.keys()])) {
    compare(found, `${path}[${name}]`, old.get(name), now.get(name));
  }
}

/** Fields a line of a table has room for. */
const pathsShown = 3;

/** The names of what changed, for one cell of a table. */
export function summary(found: readonly Difference[]): string {
  const paths = found.map(({ path }) => path);
  const more = paths.length > pathsShown ? ` (+${paths.length - pathsShown})` : '';
  return paths.length === 0 ? 'nothing' : `${paths.slice(0, pathsShown).join(', ')}${more}`;
}

const signs = { added: '+', removed: '-', changed: '~' } as const;

/** Differences line by line: `~ spec.replicas: 1 → 2`. */
export function formatDifferences(found: readonly Difference[]): readonly string[] {
  return found.map((one) => {
    const head = `${signs[one.what]} ${one.path}`;
    if (one.isHidden === true) return `${head}: ${one.what} (not shown)`;
    if (one.what === 'changed') return `${head}: ${shown(one.before)} → ${shown(one.after)}`;
    return `${head}: ${shown(one.what === 'added' ? one.after : one.before)}`;
  });
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}
