import assert from 'node:assert/strict';
import { parse, stringify } from 'yaml';
import type { Wire, WireAnswer, WireRequest } from './wire.ts';

/** What a sequence learns from an answer to go on with. */
export interface Learnt {
  readonly status: number;
  /** Empty where the body is not one JSON object. */
  readonly json: Json;
}

type Json = Readonly<Record<string, unknown>>;

/** Headers that are part of what a client sees; `date`, lengths and audit identities are not. */
const shownHeaders = ['content-type', 'warning', 'allow', 'retry-after', 'location', 'cache-control'];
const usualHeaders = new Set(['content-type: application/json', 'cache-control: no-cache, private']);

/** What else differs from run to run of one server, or is not compared. */
export interface Scrubbing {
  /** Texts a server draws by chance: each becomes the name with a number, in the order they were first seen. */
  readonly drawn: Readonly<Record<string, RegExp>>;
  /** Texts that change as time goes by, and what stands in their place. */
  readonly passing: readonly (readonly [pattern: RegExp, replacement: string])[];
  /** Items of lists that only our server has, and says so: they are left out. */
  isOurs(item: unknown): boolean;
  /** Descriptions of columns are left out: texts of others are not kept. */
  readonly hidesDescriptions: boolean;
}

const plainScrubbing: Scrubbing = {
  drawn: {},
  passing: [
    [/^( *)- \d{1,2}s$/gm, '$1- AGE'],
    // The controller of definitions writes as the program it is part of, which is another one there.
    [/^( *manager: )(?:crdserver|customresourcedefinition)$/gm, '$1CONTROLLER'],
  ],
  isOurs: () => false,
  hidesDescriptions: false,
};

/**
 * Sends a sequence of requests to one server and keeps what was asked and answered as text, so that two servers can
 * be compared line by line. What differs between two runs of one server is named by the order in which it was first
 * seen: `UID1`, and `UID1.2` for its second revision; times near now are `TIME`, revisions of lists `LISTRV`, tokens
 * `CONTINUE`. Managed fields are in the order of their managers: among those of one second servers have no order.
 */
export class Transcript {
  readonly #wire: Wire;
  readonly #scrubbing: Scrubbing;
  readonly #drawn = new Map<string, string>();
  readonly #uids = new Map<string, string>();
  readonly #revisions = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #parts: string[] = [];
  #isDry = false;

  constructor(wire: Wire, scrubbing: Scrubbing = plainScrubbing) {
    this.#wire = wire;
    this.#scrubbing = scrubbing;
  }

  /** Everything so far. */
  get text(): string {
    return this.#parts.join('');
  }

  /** Begins a part. */
  note(text: string): void {
    this.#parts.push(`# ${text}\n`);
  }

  /** Asks without a trace, for what is only prepared. */
  quietly(request: WireRequest): Promise<Learnt> {
    return this.#wire.send(request).then(learn);
  }

  /** Asks and writes both down. */
  async ask(request: WireRequest): Promise<Learnt> {
    const answer = await this.#wire.send(request);
    this.#isDry = request.path.includes('dryRun=All');
    const asked = [`${request.method} ${request.path}`, ...headerLines(request.headers), bodyLine(request.body)];
    const shown = this.#scrub(asked.filter((line) => line !== '').join('\n'));
    this.#parts.push(`>>> ${shown}\n<<< ${answer.status}${this.#headers(answer)}\n${this.#body(answer)}\n`);
    return learn(answer);
  }

  #headers({ headers }: WireAnswer): string {
    const lines = shownHeaders.flatMap((name) => {
      const value = headers[name];
      if (value === undefined) return [];
      return (Array.isArray(value) ? value : [value]).map((one) => `${name}: ${one}`);
    });
    const unusual = lines.filter((line) => !usualHeaders.has(line));
    return this.#scrub(unusual.map((line) => `\n${line}`).join(''));
  }

  #body({ text, headers }: WireAnswer): string {
    if (String(headers['content-type']).startsWith('application/yaml')) return this.#document(parse(text));
    const documents = text.trim() === '' ? [] : text.trim().split('\n');
    const parsed = documents.map(parseJson);
    if (parsed.every((one) => one !== undefined)) {
      return parsed.map((one) => this.#document(one)).join('--\n');
    }
    const whole = parseJson(text);
    return whole === undefined ? this.#scrub(`${text.trim()}\n`) : this.#document(whole);
  }

  #document(value: unknown): string {
    const plain = this.#normal(value, '', value);
    return this.#scrub(stringify(plain, { lineWidth: 0, sortMapEntries: true, aliasDuplicateObjects: false }));
  }

  #normal(value: unknown, key: string, parent: unknown): unknown {
    if (key === 'columnDefinitions' && this.#scrubbing.hidesDescriptions && Array.isArray(value))
      return value.map((column) => ({ ...column, description: undefined }));
    if (key === 'fieldsV1') return JSON.stringify(sorted(value));
    if (key === 'managedFields' && Array.isArray(value))
      return value.toSorted(byManager).map((item) => this.#normal(item, '', value));
    if (Array.isArray(value))
      return value.filter((item) => !this.#scrubbing.isOurs(item)).map((item) => this.#normal(item, '', value));
    if (typeof value === 'string') return this.#text(value, key, parent);
    if (typeof value !== 'object' || value === null) return value;
    const said = Object.entries(value).filter(([name, item]) => name !== 'continue' || item !== '');
    return Object.fromEntries(said.map(([name, item]) => [name, this.#normal(item, name, value)]));
  }

  #text(value: string, key: string, parent: unknown): string {
    if (key === 'continue') return 'CONTINUE';
    if (key === 'uid') return this.#uid(value);
    if (key !== 'resourceVersion' || value === '') return value;
    if (typeof parent !== 'object' || parent === null || !('uid' in parent)) return 'LISTRV';
    return this.#revisionOf(this.#uid(String(parent.uid)), value);
  }

  /** What a dry run would have made has an identity that nobody sees again. */
  #uid(value: string): string {
    const known = this.#uids.get(value);
    if (known !== undefined || this.#isDry) return known ?? 'UID';
    const name = `UID${this.#uids.size + 1}`;
    this.#uids.set(value, name);
    return name;
  }

  /** Revisions are counted by object, so that one difference is one difference. */
  #revisionOf(uid: string, revision: string): string {
    const count = this.#counts.get(uid) ?? 0;
    const name = this.#revisions.get(revision) ?? `${uid}.${count + 1}`;
    if (!this.#revisions.has(revision)) this.#counts.set(uid, count + 1);
    this.#revisions.set(revision, name);
    return name;
  }

  #scrub(text: string): string {
    let plain = text;
    for (const [name, pattern] of Object.entries(this.#scrubbing.drawn))
      plain = plain.replace(pattern, (drawn) => this.#nameOf(name, drawn));
    for (const [pattern, replacement] of this.#scrubbing.passing) plain = plain.replace(pattern, replacement);
    return plain
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uid) => this.#uid(uid))
      .replace(/20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (time) => (isNearNow(time) ? 'TIME' : time))
      .replace(/(resourceVersion=|resourceVersion":"|too old resource version: )(\d+)/g, (all, before, revision) =>
        revision === '0' || revision === '1' || revision.length > 9
          ? all
          : `${before}${this.#revisions.get(revision) ?? 'LISTRV'}`,
      )
      .replace(/(too old resource version: [\w.]+ )\(\d+\)/g, '$1(LISTRV)')
      .replace(/(ResourceVersion in record )\(\d+\)/g, '$1(LISTRV)')
      .replace(/(Too large resource version: \d+, current: )\d+/g, '$1LISTRV')
      .replace(/continue=[\w%-]{20,}/g, 'continue=CONTINUE');
  }

  #nameOf(kind: string, drawn: string): string {
    const known = this.#drawn.get(drawn);
    if (known !== undefined) return known;
    const name = `${kind}${[...this.#drawn.values()].filter((one) => one.startsWith(kind)).length + 1}`;
    this.#drawn.set(drawn, name);
    return name;
  }
}

function byManager(one: unknown, other: unknown): number {
  return order(one) < order(other) ? -1 : 1;
}

function order(entry: unknown): string {
  const { manager, operation, subresource, apiVersion } = entry as Readonly<Record<string, string | undefined>>;
  return [manager, operation, subresource, apiVersion].join(' ');
}

function learn({ status, text }: WireAnswer): Learnt {
  const json = parseJson(text);
  return { status, json: typeof json === 'object' && json !== null ? (json as Json) : {} };
}

function headerLines(headers: WireRequest['headers'] = {}): readonly string[] {
  return Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
}

/** Bodies of definitions are long and say nothing new. */
const bodyLengthMax = 2_000;

function bodyLine(body: unknown): string {
  const text = body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);
  return text.length > bodyLengthMax ? `${text.slice(0, 100)} … (${text.length})` : text;
}

const nearMs = 3_600_000;
function isNearNow(time: string): boolean {
  return Math.abs(Date.parse(time) - Date.now()) < nearMs;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** What two servers disagree about: their answers to one request. */
export interface Difference {
  readonly request: string;
  /** Lines of Kubernetes that we lack. */
  readonly unmet: readonly string[];
  /** Lines of ours that Kubernetes lacks. */
  readonly extra: readonly string[];
}

/** What two transcripts of one sequence disagree about. */
export function differences(ours: string, theirs: string): readonly Difference[] {
  const [left, right] = [exchanges(ours), exchanges(theirs)];
  assert.equal(left.length, right.length, 'Both servers are asked the same');
  return left.flatMap((exchange, index) => {
    const other = right[index] ?? '';
    return exchange === other ? [] : [difference(exchange, other)];
  });
}

function exchanges(text: string): readonly string[] {
  // Revisions inside of texts belong to no object that is known by its identity.
  return text.replaceAll(/(resourceVersion\\+":\\+")\d+/g, '$1LISTRV').split(/^(?=>>> |# )/m);
}

function difference(ours: string, theirs: string): Difference {
  const [left, right] = [ours.trim().split('\n'), theirs.trim().split('\n')];
  const request = left
    .slice(
      0,
      left.findIndex((line) => line.startsWith('<<< ')),
    )
    .join('\n');
  const common = commonLines(left, right);
  const lacking = (lines: readonly string[], side: 0 | 1) => {
    const shared = new Set(common.map((pair) => pair[side]));
    return lines.filter((_, index) => !shared.has(index));
  };
  return { request, unmet: lacking(right, 1), extra: lacking(left, 0) };
}

/** The longest sequence of lines both have, as places in each: what is there in another order, or more often, differs. */
function commonLines(left: readonly string[], right: readonly string[]): readonly (readonly [number, number])[] {
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  const at = (row: number, column: number) => lengths[row * width + column] ?? 0;
  for (let row = left.length - 1; row >= 0; row--) {
    for (let column = right.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        left[row] === right[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let row = 0, column = 0; row < left.length && column < right.length; ) {
    if (left[row] === right[column]) pairs.push([row++, column++]);
    else if (at(row + 1, column) >= at(row, column + 1)) row++;
    else column++;
  }
  return pairs;
}

const unmetMark = '  kubernetes: ';
const extraMark = '  planform:   ';

/** Differences as text to read and keep. */
export function formatDifferences(found: readonly Difference[]): string {
  const marked = (mark: string, lines: readonly string[]) => lines.map((line) => `${mark}${line}\n`).join('');
  return found
    .map(({ request, unmet, extra }) => `${request}\n${marked(unmetMark, unmet)}${marked(extraMark, extra)}`)
    .join('\n');
}

/** Reads what `formatDifferences` wrote. */
export function parseDifferences(text: string): readonly Difference[] {
  return text.split(/^(?=>>> )/m).map((part) => {
    const lines = part.trim().split('\n');
    const marked = (mark: string) =>
      lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
    const request = lines.filter((line) => !line.startsWith(unmetMark) && !line.startsWith(extraMark)).join('\n');
    return { request, unmet: marked(unmetMark), extra: marked(extraMark) };
  });
}
