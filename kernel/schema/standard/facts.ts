import type { Json } from '../../meta/object.ts';
import table from './fields.json' with { type: 'json' };

/**
 * What `fields.json` says of one field; its grammar is described in tools/standard-kinds/README.md. The table keeps
 * each field as one short text, so that loading it costs little and only the messages in use are taken apart.
 */
export interface FieldFact {
  /** Protobuf field number; `undefined` for fields that are no part of the message. */
  readonly proto: number | undefined;
  /** Numbers of the inlined messages around it, outermost first. */
  readonly protoOuter: readonly number[];
  readonly type: string;
  readonly required: boolean;
  readonly omitZero: boolean;
  /** A message that is never absent in Go: a struct, not a pointer. */
  readonly byValue: boolean;
  readonly set: boolean;
  readonly atomic: boolean;
  /** A use of a message that is atomic elsewhere. */
  readonly granular: boolean;
  readonly keys: readonly string[] | undefined;
  readonly patch: readonly string[] | undefined;
  readonly mergeKey: string | undefined;
  readonly default: Json | undefined;
}

/** What `fields.json` says of one message. */
export interface MessageFacts {
  readonly atomic: boolean;
  /** Only found below a `status` field: what controllers report. */
  readonly reported: boolean;
  readonly fields: ReadonlyMap<string, FieldFact>;
}

const messages: Readonly<Record<string, Readonly<Record<string, string>>>> = table.messages;
const enums: Readonly<Record<string, string>> = table.enums;

/** Names of all messages, `core/v1.PodSpec`, sorted. */
export function messageNames(): readonly string[] {
  return Object.keys(messages);
}

/** The values of an enumeration such as `core/v1.PullPolicy`; `undefined` if `name` is none. */
export function enumValues(name: string): readonly string[] | undefined {
  return Object.hasOwn(enums, name) ? enums[name]?.split('|') : undefined;
}

/** Facts of the message `name`, such as `apps/v1.Deployment`; `undefined` if there is none. Parses on each call. */
export function messageFacts(name: string): MessageFacts | undefined {
  const lines = Object.hasOwn(messages, name) ? messages[name] : undefined;
  if (lines === undefined) return undefined;
  const flags = (lines[''] ?? '').split(' ');
  const group = name.slice(0, name.lastIndexOf('.'));
  const fields = new Map<string, FieldFact>();
  for (const [field, line] of Object.entries(lines)) {
    if (field !== '') fields.set(field, parseFact(line, group));
  }
  return { atomic: flags.includes('atomic'), reported: flags.includes('reported'), fields };
}

function parseFact(line: string, group: string): FieldFact {
  const [numbers = '-', type = '', ...flags] = line.split(' ');
  const path = numbers === '-' ? [] : numbers.split('.').map(Number);
  const value = (name: string) => flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1);
  const fallback = value('default');
  return {
    proto: path.at(-1),
    protoOuter: path.slice(0, -1),
    type: qualify(type, group),
    required: flags.includes('required'),
    omitZero: flags.includes('omitzero'),
    byValue: flags.includes('struct'),
    set: flags.includes('set'),
    atomic: flags.includes('atomic'),
    granular: flags.includes('granular'),
    keys: value('keys')?.split(','),
    patch: value('patch')?.split(','),
    mergeKey: value('mergeKey'),
    default: fallback === undefined ? undefined : JSON.parse(fallback),
  };
}

/** Puts the group in front of a message of the same group: `[]EnvVar` is `[]core/v1.EnvVar` in core/v1. */
function qualify(type: string, group: string): string {
  const start = type.lastIndexOf(']') + 1;
  const name = type.slice(start);
  const full = `${group}.${name}`;
  if (name.includes('/') || (!Object.hasOwn(messages, full) && !Object.hasOwn(enums, full))) return type;
  return type.slice(0, start) + full;
}
