/**
 * Types of expressions and when one stands for another (cel-go `checker/types.go`). Types are plain data; one built from a
 * schema also carries what the schema bounds.
 */
export interface Type {
  readonly kind: TypeKind;
  /** Of an opaque type, an object or a type parameter. */
  readonly name: string;
  /** Item of a list, key and value of a map, parameters of an opaque type, target of a type. */
  readonly args: readonly Type[];
  /** Of an object. */
  readonly fields?: ReadonlyMap<string, FieldType>;
  /** Of an object: its values are made by expressions (`Message`); without `fields` it has any field, of any type. */
  readonly isMessage?: boolean;
  /** Most items, entries, characters or bytes its values have; sizes without a schema are unknown. */
  readonly sizeMax?: number;
  /** Lists of a schema: how items are told apart when lists are compared or joined. Absent: by position. */
  readonly items?: 'set' | { readonly keys: readonly string[] };
  /** Values may be null, whatever the type says. */
  readonly isNullable?: boolean;
}

/** What types there are. `param` stands for any type while a call is resolved; `error` for one that was reported. */
export type TypeKind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'list'
  | 'map'
  | 'type'
  | 'opaque'
  | 'object'
  | 'param';

/** A field of an object type. */
export interface FieldType {
  readonly type: Type;
  /** Name in JSON; expressions use it with what CEL does not allow in names escaped. */
  readonly jsonName: string;
}

function scalar(kind: TypeKind): Type {
  return { kind, name: kind, args: [] };
}

/** The types without parameters. */
export const types = {
  bool: scalar('bool'),
  int: scalar('int'),
  uint: scalar('uint'),
  double: scalar('double'),
  string: scalar('string'),
  bytes: scalar('bytes'),
  null: scalar('null'),
  timestamp: scalar('timestamp'),
  duration: scalar('duration'),
  dyn: scalar('dyn'),
  error: scalar('error'),
} as const;

/** A list of items. */
export function listType(item: Type, sizeMax?: number): Type {
  return { kind: 'list', name: 'list', args: [item], ...(sizeMax === undefined ? {} : { sizeMax }) };
}

/** A map. */
export function mapType(key: Type, value: Type, sizeMax?: number): Type {
  return { kind: 'map', name: 'map', args: [key, value], ...(sizeMax === undefined ? {} : { sizeMax }) };
}

/** A type of a library, such as `net.IP` or `optional_type`. */
export function opaqueType(name: string, ...args: readonly Type[]): Type {
  return { kind: 'opaque', name, args };
}

/** A value of that type or none. */
export function optionalType(value: Type): Type {
  return opaqueType('optional_type', value);
}

/** The type of a type. */
export function typeType(target: Type): Type {
  return { kind: 'type', name: 'type', args: [target] };
}

/** An object with these fields. */
export function objectType(name: string, fields: ReadonlyMap<string, FieldType>): Type {
  return { kind: 'object', name, args: [], fields };
}

/** A message that expressions can make. @param fields absent: any field, of any type. */
export function messageType(name: string, fields?: ReadonlyMap<string, FieldType>): Type {
  return { kind: 'object', name, args: [], isMessage: true, ...(fields === undefined ? {} : { fields }) };
}

/** The type inside an optional one. */
export function optionalValue(type: Type): Type | undefined {
  return type.kind === 'opaque' && type.name === 'optional_type' ? type.args[0] : undefined;
}

/** As issues show a type: `map(string, list(int))`. */
export function formatType(type: Type): string {
  const inner = type.args.map(formatType).join(', ');
  if (type.kind === 'error') return '!error!';
  if (type.kind === 'type' && type.args[0]?.kind === 'dyn') return 'type';
  return inner === '' ? type.name : `${type.name}(${inner})`;
}

/**
 * Reads a type as it is written in signatures: `list(map(string, A))`. Single capitals are type parameters, names that are
 * not built in are opaque types.
 */
export function parseType(text: string): Type {
  const [type, rest] = readType(text.trim());
  if (rest.trim() !== '') throw new RangeError(`Cannot read type "${text}"`);
  return type;
}

function readType(text: string): readonly [type: Type, rest: string] {
  const name = /^[\w.]+/.exec(text)?.[0] ?? '';
  let rest = text.slice(name.length).trimStart();
  const args: Type[] = [];
  if (rest.startsWith('(')) {
    do {
      const [arg, after] = readType(rest.slice(1).trimStart());
      args.push(arg);
      rest = after.trimStart();
    } while (rest.startsWith(','));
    rest = rest.slice(1);
  }
  return [namedType(name, args), rest];
}

function namedType(name: string, args: readonly Type[]): Type {
  if (name === 'list' || name === 'map') return { kind: name, name, args };
  if (name === 'type') return typeType(args[0] ?? types.dyn);
  if (name === 'optional') return opaqueType('optional_type', ...args);
  if (Object.hasOwn(types, name)) return types[name as keyof typeof types];
  return /^[A-Z]$/.test(name) ? { kind: 'param', name, args: [] } : opaqueType(name, ...args);
}

/** What type parameters stand for. */
export class Bindings {
  readonly #types = new Map<string, Type>();
  /** What was bound before each change, so that a wrong guess leaves nothing behind. */
  readonly #trail: (readonly [name: string, before: Type | undefined])[] = [];

  get(name: string): Type | undefined {
    return this.#types.get(name);
  }

  set(name: string, type: Type): void {
    this.#trail.push([name, this.#types.get(name)]);
    this.#types.set(name, type);
  }

  /** Takes back what `guess` bound if it comes to nothing. */
  keepIf(guess: () => boolean): boolean {
    const begun = this.#trail.length;
    if (guess()) return true;
    for (const [name, before] of this.#trail.splice(begun).toReversed()) {
      if (before === undefined) this.#types.delete(name);
      else this.#types.set(name, before);
    }
    return false;
  }
}

/** True if a value of type `from` may stand where `to` is wanted; binds type parameters of both. */
export function isAssignable(bindings: Bindings, from: Type, to: Type): boolean {
  if (to.kind === 'param') {
    const { isValid, isBound } = bindParam(bindings, to, from);
    if (isValid) return true;
    if (isBound) return false;
  }
  if (from.kind === 'param') return bindParam(bindings, from, to).isValid;
  if (isOpen(from) || isOpen(to)) return true;
  if (from.kind === 'null') return ['null', 'opaque', 'object', 'timestamp', 'duration'].includes(to.kind);
  if (to.kind === 'null') return ['opaque', 'object', 'timestamp', 'duration'].includes(from.kind);
  if (from.kind !== to.kind) return false;
  switch (from.kind) {
    case 'type':
      return true;
    case 'object':
      return from === to || from.name === to.name;
    case 'opaque':
      return from.name === to.name && areAssignable(bindings, from.args, to.args);
    default:
      return areAssignable(bindings, from.args, to.args);
  }
}

/** Like `isAssignable`, one by one. */
export function areAssignable(bindings: Bindings, from: readonly Type[], to: readonly Type[]): boolean {
  return from.length === to.length && from.every((type, index) => isAssignable(bindings, type, to[index] ?? types.dyn));
}

function isOpen({ kind }: Type): boolean {
  return kind === 'dyn' || kind === 'error';
}

function bindParam(
  bindings: Bindings,
  param: Type,
  type: Type,
): { readonly isValid: boolean; readonly isBound: boolean } {
  const bound = bindings.get(param.name);
  if (bound !== undefined) {
    if (areSame(bound, type)) return { isValid: true, isBound: true };
    if (!isAssignable(bindings, type, bound)) return { isValid: false, isBound: true };
    bindings.set(param.name, mostGeneral(type, bound));
    return { isValid: true, isBound: true };
  }
  if (occursIn(bindings, param.name, type)) return { isValid: areSame(param, type), isBound: false };
  bindings.set(param.name, type);
  return { isValid: true, isBound: false };
}

function occursIn(bindings: Bindings, name: string, type: Type): boolean {
  if (type.kind !== 'param') return type.args.some((arg) => occursIn(bindings, name, arg));
  if (type.name === name) return true;
  const bound = bindings.get(type.name);
  return bound !== undefined && occursIn(bindings, name, bound);
}

/** The same type, sizes aside. */
export function areSame(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.args.length !== b.args.length) return false;
  return a.args.every((arg, index) => areSame(arg, b.args[index] ?? types.dyn));
}

/** Of two types that stand for each other, the one that says less. */
export function mostGeneral(a: Type, b: Type): Type {
  return isLessSpecific(a, b) ? a : b;
}

function isLessSpecific(a: Type, b: Type): boolean {
  if (a.kind === 'dyn' || a.kind === 'param') return true;
  if (b.kind === 'dyn' || b.kind === 'param') return false;
  if (a.kind === 'null' && b.kind !== 'null') return false;
  if (b.kind === 'null' && a.kind !== 'null') return true;
  if (a.kind !== b.kind || a.name !== b.name) return false;
  return a.kind === 'type' || a.args.every((arg, index) => isLessSpecific(arg, b.args[index] ?? types.dyn));
}

/** Replaces type parameters by what they stand for; by dyn, with `freeAsDyn`, where they stand for nothing. */
export function substitute(bindings: Bindings, type: Type, freeAsDyn = false): Type {
  if (type.kind === 'param') {
    const bound = bindings.get(type.name);
    if (bound !== undefined) return substitute(bindings, bound, freeAsDyn);
    return freeAsDyn ? types.dyn : type;
  }
  if (type.args.length === 0) return type;
  const args = type.args.map((arg) => substitute(bindings, arg, freeAsDyn));
  return args.every((arg, index) => arg === type.args[index]) ? type : { ...type, args };
}
