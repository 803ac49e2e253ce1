import type { Random } from '../../kernel/base/random.ts';
import type { WireRequest } from '../kernel/golden/wire.ts';
import type { Subject } from './subjects.ts';

type Json = Readonly<Record<string, unknown>>;

/** One place in an object and what it is set to; null takes it away. */
export interface Change {
  /** A JSON pointer without escapes. */
  readonly at: string;
  readonly value: unknown;
  /** What a JSON patch does there; a value of null is removed. */
  readonly op: 'add' | 'replace' | 'test';
}

const verbs = ['create', 'update', 'merge', 'strategic', 'json', 'apply', 'apply', 'status', 'delete'] as const;
const patchTypes = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
  apply: 'application/apply-patch+yaml',
  status: 'application/merge-patch+json',
} as const;

/** One write of an object, before it is known what a server has answered to those before it. */
export interface Step {
  readonly verb: (typeof verbs)[number];
  readonly changes: readonly Change[];
  readonly manager: string;
  readonly force: boolean;
  readonly isDry: boolean;
  readonly validation: string;
  /** Which resourceVersion the write wants. */
  readonly revision: 'none' | 'current' | 'first';
  readonly uid: 'none' | 'same' | 'other';
}

/** The writes of one object in order: the same for every server. */
export interface Life {
  readonly subject: Subject;
  readonly steps: readonly Step[];
}

/** What else is wrong with a patch that wants another uid is not said. */
function onlyWrong(step: Step): Step {
  const isPatch = step.verb !== 'create' && step.verb !== 'update' && step.verb !== 'delete';
  return isPatch && step.uid === 'other' ? { ...step, verb: 'merge', changes: [] } : step;
}

const stepCount = 12;
const changesMax = 4;

/** A life that begins with a create or an apply that is mostly right. */
export function randomLife(random: Random, subjects: readonly Subject[]): Life {
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(random.nextFloat() * items.length)] as Item;
  const subject = pick(subjects);
  const change = (): Change => {
    const [at, ...values] = pick(subject.changes);
    return { at, value: pick(values), op: pick(['add', 'add', 'replace', 'test']) };
  };
  const step = (index: number): Step =>
    onlyWrong({
      verb: index === 0 ? pick(['create', 'apply']) : pick(verbs),
      changes: Array.from({ length: Math.floor(random.nextFloat() * (changesMax + 1)) }, change),
      manager: pick(['ann', 'bob']),
      force: random.nextFloat() < 0.3,
      isDry: random.nextFloat() < 0.1,
      validation: pick(['Strict', 'Warn', 'Ignore']),
      revision: pick(['none', 'none', 'none', 'current', 'current', 'first']),
      uid: pick(['none', 'none', 'none', 'none', 'same', 'other']),
    });
  return { subject, steps: Array.from({ length: stepCount }, (_, index) => step(index)) };
}

/** The request of a step to a server that has answered with `seen` so far. */
export function requestOf(
  { collection, object }: Subject,
  name: string,
  step: Step,
  seen: readonly Json[],
): WireRequest {
  const { verb, changes, manager, force, isDry, validation } = step;
  const query = [
    `fieldManager=${manager}`,
    ...(isDry ? ['dryRun=All'] : []),
    ...(verb === 'apply' && force ? ['force=true'] : []),
    `fieldValidation=${validation}`,
  ].join('&');
  const path = `${collection}/${name}`;
  const identity = identityOf(step, seen);
  const named = { ...object, metadata: { ...(object['metadata'] as Json), name } };
  switch (verb) {
    case 'create':
      return written('POST', `${collection}?${query}`, changed(named, changes));
    case 'update':
      return written('PUT', `${path}?${query}`, withIdentity(changed(seen.at(-1) ?? named, changes), identity));
    case 'delete':
      return written('DELETE', isDry ? `${path}?dryRun=All` : path, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: identity,
      });
    case 'json':
      return written('PATCH', `${path}?${query}`, changes.map(operationOf), patchTypes.json);
    case 'apply': {
      const { apiVersion, kind } = object;
      const applied = force || seen.length === 0 ? named : { apiVersion, kind, metadata: { name } };
      return written('PATCH', `${path}?${query}`, withIdentity(changed(applied, changes), identity), patchTypes.apply);
    }
    case 'merge':
    case 'strategic':
    case 'status': {
      const at = verb === 'status' ? `${path}/status` : path;
      return written('PATCH', `${at}?${query}`, withIdentity(merging(changes), identity), patchTypes[verb]);
    }
  }
}

function written(method: string, path: string, body: unknown, type = 'application/json'): WireRequest {
  return { method, path, body: sorted(body), headers: { 'content-type': type } };
}

function identityOf({ revision, uid }: Step, seen: readonly Json[]): Json {
  const metadataOf = (object: Json | undefined) => (object?.['metadata'] ?? {}) as Json;
  const wanted = metadataOf(revision === 'first' ? seen[0] : seen.at(-1))['resourceVersion'];
  const own = metadataOf(seen.at(-1))['uid'];
  return {
    ...(revision === 'none' || wanted === undefined ? {} : { resourceVersion: wanted }),
    ...(uid === 'same' && own !== undefined ? { uid: own } : {}),
    ...(uid === 'other' ? { uid: 'other' } : {}),
  };
}

/** Both identities are left out unless they are wanted, and who owns what, which is not equal in all its times. */
function withIdentity(object: Json, identity: Json): Json {
  const {
    resourceVersion: _revision,
    uid: _uid,
    managedFields: _managers,
    ...metadata
  } = (object['metadata'] ?? {}) as Json;
  const whole = { ...metadata, ...identity };
  return Object.keys(whole).length === 0 ? object : { ...object, metadata: whole };
}

/** Later changes win; what is below something that is gone or is no object is made anew. */
function changed(object: Json, changes: readonly Change[]): Json {
  return changes.reduce((whole, { at, value }) => setAt(whole, at.slice(1).split('/'), value), object);
}

function setAt(object: Json, [field = '', ...rest]: readonly string[], value: unknown): Json {
  const inner = object[field];
  const isOpen = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  const next = rest.length === 0 ? value : setAt(isOpen ? (inner as Json) : {}, rest, value);
  if (next !== null) return { ...object, [field]: next };
  const { [field]: _gone, ...others } = object;
  return others;
}

/** A merge patch: null takes away. */
function merging(changes: readonly Change[]): Json {
  const whole: Record<string, unknown> = {};
  for (const { at, value } of changes) {
    const fields = at.slice(1).split('/');
    let place = whole;
    for (const field of fields.slice(0, -1)) {
      const inner = place[field];
      const isOpen = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
      const next: Record<string, unknown> = isOpen ? { ...inner } : {};
      place[field] = next;
      place = next;
    }
    place[fields.at(-1) ?? ''] = value;
  }
  return whole;
}

function operationOf({ at, value, op }: Change): unknown {
  return value === null ? { op: 'remove', path: at } : { op, path: at, value };
}

/** Servers write fields in their own order; what is sent to both has one. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}

/** The shortest life, of those with a step or a change less, that still `fails`. */
export async function shrink(life: Life, fails: (life: Life) => Promise<boolean>): Promise<Life> {
  for (const smaller of smallerLives(life)) if (await fails(smaller)) return shrink(smaller, fails);
  return life;
}

function smallerLives({ subject, steps }: Life): readonly Life[] {
  const withoutStep = steps.map((_, index) => steps.toSpliced(index, 1));
  const withoutChange = steps.flatMap((step, index) =>
    step.changes.map((_, at) => steps.with(index, { ...step, changes: step.changes.toSpliced(at, 1) })),
  );
  return [...withoutStep, ...withoutChange].map((fewer) => ({ subject, steps: fewer }));
}
