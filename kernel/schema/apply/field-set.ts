import { isPlainObject } from '../../meta/json.ts';
import type { Json, JsonObject } from '../../meta/object.ts';

/**
 * Sets of field paths, the unit of ownership under server-side apply. A set is a trie in the very form of
 * `metadata.managedFields[].fieldsV1`, so that reading and writing it costs nothing:
 *
 * ```json
 * {"f:spec":{"f:replicas":{},"f:ports":{"k:{\"port\":80}":{".":{},"f:port":{}}}}}
 * ```
 *
 * Keys are path elements: `f:` field or map key, `k:` item of a map list by its keys, `v:` item of a set by its value,
 * `i:` item by index. A path is a member when its node is empty or has the entry `.`; the root never is.
 * Sets are immutable and share nodes. Semantics follow sigs.k8s.io/structured-merge-diff `fieldpath`.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

/** No path at all. As a node inside a set, the same value means: this path is a member and nothing below it. */
export const emptySet: FieldSet = Object.freeze({});

/** True if the set has no path. */
export function isEmptySet(set: FieldSet): boolean {
  for (const _element in set) return false;
  return true;
}

/** True if a node of a set makes its own path a member. */
export function isMemberNode(node: FieldSet): boolean {
  return node['.'] !== undefined || isEmptySet(node);
}

/** Paths that are in either set. Returns `a` itself if it has all of them. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  return isEmptySet(b) ? a : unionChildren(a, b, false);
}

/** Paths of `a` that are not in `b`; exact paths, not what is below them. Returns `a` itself if it keeps all. */
export function subtractSets(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? a : (subtractChildren(a, b, false) ?? emptySet);
}

/** Paths that are in both sets. */
export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(a) || isEmptySet(b) ? emptySet : (intersectChildren(a, b, false) ?? emptySet);
}

/** True if both have the same paths. */
export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  for (const element in a) {
    const other = b[element];
    if (other === undefined || !equalSets(a[element] as FieldSet, other)) return false;
  }
  for (const element in b) if (a[element] === undefined) return false;
  return true;
}

/**
 * Every path as the list of its elements, parents before children: below each node first its own members and then what is
 * below them, both sorted (structured-merge-diff `Set.Iterate`).
 */
export function listPaths(set: FieldSet): readonly (readonly string[])[] {
  const paths: (readonly string[])[] = [];
  const visit = (node: FieldSet, prefix: readonly string[]) => {
    const elements = Object.keys(node).filter((element) => element !== '.');
    elements.sort(compareElements);
    for (const element of elements) if (isMemberNode(node[element] as FieldSet)) paths.push([...prefix, element]);
    for (const element of elements) visit(node[element] as FieldSet, [...prefix, element]);
  };
  visit(set, []);
  return paths;
}

/** Fields come before items by key, by value and by index. */
function compareElements(a: string, b: string): number {
  const rank = 'fkvi'.indexOf(a.charAt(0)) - 'fkvi'.indexOf(b.charAt(0));
  if (rank !== 0) return rank;
  if (a.startsWith('i:')) return Number(a.slice(2)) - Number(b.slice(2));
  return a < b ? -1 : Number(a > b);
}

/** The set of the given paths. */
export function setOfPaths(paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce((set, path) => unionSets(set, setOfPath(path)), emptySet);
}

/** True if the path is in the set. */
export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.[element];
  return node !== undefined && path.length > 0 && isMemberNode(node);
}

/**
 * Reads `fieldsV1` as a client sent it and brings it to the one form this file works on.
 * @returns `undefined` if it is none.
 */
export function parseFieldSet(json: Json | undefined): FieldSet | undefined {
  return isPlainObject(json) ? parseNode(json) : undefined;
}

function parseNode(json: JsonObject): FieldSet | undefined {
  const node: Record<string, FieldSet> = {};
  for (const key in json) {
    const value = json[key];
    const element = parseElement(key);
    const child = isPlainObject(value) ? parseNode(value) : undefined;
    if (element === undefined || child === undefined) return undefined;
    node[element] = child;
  }
  const isOnlyMember = node['.'] !== undefined && Object.keys(node).length === 1;
  return isOnlyMember ? emptySet : node;
}

/** The element with its keys sorted and its JSON compact; `undefined` if it is none. */
function parseElement(text: string): string | undefined {
  if (text === '.' || text.startsWith('f:')) return text;
  if (text.startsWith('i:')) return /^i:\d+$/.test(text) ? text : undefined;
  if (!text.startsWith('k:') && !text.startsWith('v:')) return undefined;
  try {
    const value = JSON.parse(text.slice(2)) as Json;
    if (text.startsWith('v:')) return `v:${JSON.stringify(value)}`;
    if (!isPlainObject(value)) return undefined;
    const sorted = Object.keys(value).sort();
    return `k:{${sorted.map((name) => `${JSON.stringify(name)}:${JSON.stringify(value[name])}`).join(',')}}`;
  } catch {
    return undefined; // not JSON, so not an element: the caller refuses the whole set
  }
}

/** A path as people read it: `.spec.items[name="a"].v` (structured-merge-diff `Path.String`). */
export function formatPath(path: readonly string[]): string {
  return path.map(formatElement).join('');
}

function formatElement(element: string): string {
  const text = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'f:':
      return `.${text}`;
    case 'k:': {
      const keys = Object.entries(JSON.parse(text) as JsonObject);
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v:':
      return `[=${text}]`;
    default:
      return `[${text}]`;
  }
}

function setOfPath(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((node, element) => ({ [element]: node }), emptySet);
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  return a === b ? a : unionChildren(a, b, isMemberNode(a) || isMemberNode(b));
}

function unionChildren(a: FieldSet, b: FieldSet, isMember: boolean): FieldSet {
  let node: Record<string, FieldSet> | undefined;
  for (const element in b) {
    if (element === '.') continue;
    const old = a[element];
    const child = old === undefined ? (b[element] as FieldSet) : unionNodes(old, b[element] as FieldSet);
    if (child === old) continue;
    node ??= { ...a };
    node[element] = child;
  }
  const hasChildren = node !== undefined || !isEmptySet(a);
  if (isMember && hasChildren && a['.'] === undefined) return { '.': emptySet, ...(node ?? a) };
  return node ?? a;
}

/** @returns `undefined` if nothing is left. */
function subtractNodes(a: FieldSet, b: FieldSet): FieldSet | undefined {
  return subtractChildren(a, b, isMemberNode(a) && !isMemberNode(b));
}

function subtractChildren(a: FieldSet, b: FieldSet, isMember: boolean): FieldSet | undefined {
  let node: Record<string, FieldSet> | undefined;
  if (!isMember && a['.'] !== undefined) {
    node = { ...a };
    delete node['.'];
  }
  for (const element in b) {
    const old = a[element];
    if (element === '.' || old === undefined) continue;
    const child = subtractNodes(old, b[element] as FieldSet);
    if (child === old) continue;
    node ??= { ...a };
    if (child === undefined) delete node[element];
    else node[element] = child;
  }
  const left = node ?? a;
  if (isOnlySelf(left)) return isMember ? emptySet : undefined;
  return left;
}

/** @returns `undefined` if nothing is common. */
function intersectChildren(a: FieldSet, b: FieldSet, isMember: boolean): FieldSet | undefined {
  const node: Record<string, FieldSet> = {};
  if (isMember) node['.'] = emptySet;
  for (const element in b) {
    const mine = a[element];
    if (element === '.' || mine === undefined) continue;
    const theirs = b[element] as FieldSet;
    const child = intersectChildren(mine, theirs, isMemberNode(mine) && isMemberNode(theirs));
    if (child !== undefined) node[element] = child;
  }
  if (isOnlySelf(node)) return isMember ? emptySet : undefined;
  return node;
}

/** True if a node has no children. */
function isOnlySelf(node: FieldSet): boolean {
  for (const element in node) if (element !== '.') return false;
  return true;
}
