import { ApiError } from '../../meta/errors.ts';
import { bodyBytesMax, cloneJson, isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { Json } from '../../meta/object.ts';

/** JSON Patch (RFC 6902) on immutable values, with the limits of Kubernetes. */

/** Most operations of one patch. */
export const jsonPatchOperationsMax = 10_000;

/** A `test` does not hold (HTTP 422): none of the patch is applied. */
export class FailedTestError extends ApiError {
  override readonly name = 'FailedTestError';

  constructor(message: string) {
    super('Invalid', message);
  }
}

/** One decoded operation; paths are split into their reference tokens (RFC 6901). */
type Operation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Pointer }
  | { readonly op: 'move' | 'copy'; readonly path: Pointer; readonly from: Pointer };

type Pointer = readonly string[];
type Container = Record<string, Json> | Json[];

/**
 * Applies all operations or none. `target` is not changed; the result shares what the patch leaves alone.
 * As in Kubernetes (evanphx/json-patch v4), `test` for null also holds where there is nothing, `replace` sets a field that was not
 * there, and a copy of such a field is null; what is around it has to be there.
 * @throws {ApiError} `BadRequest` for a malformed patch, `Invalid` when a test fails (`FailedTestError`), a path does not exist
 *   or nobody knows the operation, `RequestEntityTooLarge` beyond `jsonPatchOperationsMax`.
 */
export function applyJsonPatch(target: Json, patch: Json): Json {
  const operations = decodePatch(patch);
  const draft = new PatchDraft(target);
  for (const [index, operation] of operations.entries()) {
    const problem = draft.apply(operation);
    if (problem === undefined) continue;
    const text = `operation ${index} (${operation.op} "${formatPointer(operation.path)}"): ${problem}`;
    throw problem === isDifferent ? new FailedTestError(`Cannot apply JSON patch: ${text}`) : inapplicable(text);
  }
  return draft.root;
}

const isDifferent = 'the value is different';
const noParent = 'the parent does not exist';

/** A document being patched. Containers are copied when first written to. */
class PatchDraft {
  root: Json;
  readonly #own = new Set<Json>();
  #copiedLength = 0;

  constructor(root: Json) {
    this.root = root;
  }

  /** @returns what is wrong, if anything. */
  apply(operation: Operation): string | undefined {
    switch (operation.op) {
      case 'add':
        return this.#put(operation.path, operation.value, 'add');
      case 'replace':
        return this.#put(operation.path, operation.value, 'replace');
      case 'test': {
        if (!this.#hasParent(operation.path)) return noParent;
        const found = this.#find(operation.path);
        return jsonEquals(found ?? null, operation.value) ? undefined : isDifferent;
      }
      case 'remove':
        return this.#remove(operation.path);
      case 'move':
        return this.#move(operation.from, operation.path);
      case 'copy':
        return this.#copy(operation.from, operation.path);
    }
  }

  #move(from: Pointer, path: Pointer): string | undefined {
    if (from.length < path.length && from.every((token, index) => token === path[index])) {
      return 'cannot move a value into itself';
    }
    const value = this.#find(from);
    if (value === undefined) return `nothing at "${formatPointer(from)}"`;
    return this.#remove(from) ?? this.#put(path, value, 'add');
  }

  #copy(from: Pointer, path: Pointer): string | undefined {
    if (!this.#hasParent(from)) return `nothing at "${formatPointer(from)}"`;
    const value = this.#find(from) ?? null;
    this.#copiedLength += JSON.stringify(value).length;
    if (this.#copiedLength > bodyBytesMax) return `copies exceed ${bodyBytesMax} characters`;
    return this.#put(path, cloneJson(value), 'add');
  }

  #put(path: Pointer, value: Json, mode: 'add' | 'replace'): string | undefined {
    const name = path.at(-1);
    if (name === undefined) {
      this.root = value;
      return undefined;
    }
    const parent = this.#openParent(path);
    if (parent === undefined) return noParent;
    if (Array.isArray(parent)) return putItem(parent, name, value, mode);
    parent[name] = value;
    return undefined;
  }

  #remove(path: Pointer): string | undefined {
    const name = path.at(-1);
    if (name === undefined) return 'cannot remove the whole document';
    if (this.#find(path) === undefined) return 'nothing to remove';
    const parent = this.#openParent(path) as Container;
    if (Array.isArray(parent)) parent.splice(Number(name), 1);
    else delete parent[name];
    return undefined;
  }

  /** True if there is something, or could be: a field of an object that is there, an item of a list. */
  #hasParent(path: Pointer): boolean {
    if (path.length === 0) return true;
    const parent = this.#find(path.slice(0, -1));
    return Array.isArray(parent) ? this.#find(path) !== undefined : isPlainObject(parent);
  }

  #find(path: Pointer): Json | undefined {
    let value: Json | undefined = this.root;
    for (const name of path) value = readChild(value, name);
    return value;
  }

  /** The container `path` points into, writable, as are all containers above it. */
  #openParent(path: Pointer): Container | undefined {
    if (this.#find(path.slice(0, -1)) === undefined) return undefined;
    this.root = this.#writable(this.root);
    let parent = this.root as Container;
    for (const name of path.slice(0, -1)) {
      const child = this.#writable(readChild(parent, name) as Json);
      if (Array.isArray(parent)) parent[Number(name)] = child;
      else parent[name] = child;
      parent = child as Container;
    }
    return isPlainObject(parent) || Array.isArray(parent) ? parent : undefined;
  }

  #writable(value: Json): Json {
    if (this.#own.has(value) || !(Array.isArray(value) || isPlainObject(value))) return value;
    const copy: Json = Array.isArray(value) ? [...(value as Json[])] : { ...(value as Record<string, Json>) };
    this.#own.add(copy);
    return copy;
  }
}

function putItem(list: Json[], token: string, value: Json, mode: 'add' | 'replace'): string | undefined {
  if (mode === 'add' && token === '-') {
    list.push(value);
    return undefined;
  }
  const index = listIndex(token);
  if (index === undefined || index > list.length - (mode === 'add' ? 0 : 1)) {
    return `index "${token}" is not in a list of ${list.length}`;
  }
  if (mode === 'add') list.splice(index, 0, value);
  else list[index] = value;
  return undefined;
}

function readChild(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) {
    const index = listIndex(name);
    return index === undefined ? undefined : (value[index] as Json | undefined);
  }
  return isPlainObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function listIndex(token: string): number | undefined {
  return /^(0|[1-9]\d{0,9})$/.test(token) ? Number(token) : undefined;
}

function decodePatch(patch: Json): readonly Operation[] {
  if (!Array.isArray(patch)) throw malformed('the patch is not a list of operations');
  if (patch.length > jsonPatchOperationsMax) {
    const message = `The allowed maximum operations in a JSON patch is ${jsonPatchOperationsMax}, got ${patch.length}`;
    throw new ApiError('RequestEntityTooLarge', message);
  }
  return (patch as readonly Json[]).map(decodeOperation);
}

function decodeOperation(entry: Json, index: number): Operation {
  if (!isPlainObject(entry)) throw malformed(`operation ${index} is not an object`);
  const { op = '', value } = entry;
  if (typeof op !== 'string') throw malformed(`the op of operation ${index} is not a text`);
  if (entry['path'] === undefined) throw inapplicable(`operation ${index} (${op}) has no path`);
  const path = decodePointer(entry['path'], `path of operation ${index}`);
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      if (value === undefined) throw malformed(`operation ${index} (${op}) has no value`);
      return { op, path, value };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return { op, path, from: decodePointer(entry['from'], `from of operation ${index}`) };
    default:
      throw inapplicable(`operation ${index} is "${op}": must be add, remove, replace, move, copy or test`);
  }
}

function decodePointer(text: Json | undefined, what: string): Pointer {
  if (typeof text !== 'string') throw malformed(`the ${what} is not a text`);
  if (text === '') return [];
  if (!text.startsWith('/')) throw malformed(`the ${what} is "${text}": must begin with "/"`);
  return text
    .slice(1)
    .split('/')
    .map((token) => {
      if (/~(?![01])/.test(token)) throw malformed(`the ${what} is "${text}": "~" must be written "~0"`);
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
      if (name === '__proto__') throw malformed(`the ${what} is "${text}": "__proto__" is not a field`);
      return name;
    });
}

function formatPointer(path: Pointer): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function inapplicable(why: string): ApiError {
  return new ApiError('Invalid', `Cannot apply JSON patch: ${why}`);
}

function malformed(why: string): ApiError {
  return new ApiError('BadRequest', `Cannot read JSON patch: ${why}`);
}
