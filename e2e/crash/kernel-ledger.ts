import assert from 'node:assert/strict';

/** One write as a client sent it. The token tells states of one object apart; names are never used twice. */
export interface Attempt {
  readonly operation: 'create' | 'update' | 'delete';
  readonly name: string;
  /** State it leaves; for a delete, the state it ends. */
  readonly token: string;
}

/** A change as a watch reported it. */
export interface SeenChange {
  readonly operation: Attempt['operation'];
  readonly name: string;
  readonly token: string;
  readonly revision: number;
}

interface Entry {
  /** State the server confirmed; absent when there is no object. */
  certain: string | undefined;
  /** A write on its way when the server died: done or not, nobody was told. */
  possible: Attempt | undefined;
}

/** What clients know about the objects of a server that is killed again and again. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** Writes that are stored, with their revision where the client was told. */
  readonly #stored = new Map<string, number | undefined>();
  readonly #tokenByRevision = new Map<number, string>();
  acknowledgedCount = 0;

  /** A write leaves the client. One object has one write on its way at most. */
  begin(attempt: Attempt): void {
    const entry = this.#entries.get(attempt.name) ?? { certain: undefined, possible: undefined };
    assert.equal(entry.possible, undefined);
    entry.possible = attempt;
    this.#entries.set(attempt.name, entry);
  }

  /** The server answered that the write is done. */
  acknowledge(attempt: Attempt, revision: number): void {
    this.acknowledgedCount++;
    this.#noteRevision(revision, attempt);
    this.#store(attempt, revision);
  }

  /** Checks a list taken after a restart: everything confirmed is there, what was on its way is there or not. */
  settle(listed: ReadonlyMap<string, string>): void {
    for (const [name, entry] of this.#entries) {
      const found = listed.get(name);
      const { certain, possible } = entry;
      if (possible !== undefined && found === after(possible)) this.#store(possible, undefined);
      else {
        assert.equal(found, certain, `State of "${name}" after a restart; on its way: ${JSON.stringify(possible)}`);
        entry.possible = undefined;
        if (certain === undefined) this.#entries.delete(name);
      }
    }
    for (const name of listed.keys()) assert.ok(this.#entries.has(name), `"${name}" is known`);
  }

  /** Checks everything a watch reported over all restarts: each stored write exactly once, in order, nothing else. */
  checkWatch(seen: readonly SeenChange[]): void {
    const missing = new Map(this.#stored);
    let last = 0;
    for (const change of seen) {
      const key = keyOf(change);
      assert.ok(change.revision > last, `${key}: revision ${change.revision} comes after ${last}`);
      last = change.revision;
      this.#noteRevision(change.revision, change);
      assert.ok(missing.has(key), `${key} was reported once and is stored`);
      const revision = missing.get(key);
      if (revision !== undefined) assert.equal(change.revision, revision, key);
      missing.delete(key);
    }
    assert.deepEqual([...missing.keys()], [], 'The watch missed nothing');
  }

  #store(attempt: Attempt, revision: number | undefined): void {
    const isDeleted = attempt.operation === 'delete';
    this.#stored.set(keyOf(attempt), revision);
    this.#entries.set(attempt.name, { certain: after(attempt), possible: undefined });
    if (isDeleted) this.#entries.delete(attempt.name);
  }

  #noteRevision(revision: number, { name, token }: Attempt): void {
    const key = `${name} ${token}`;
    const known = this.#tokenByRevision.get(revision);
    assert.ok(known === undefined || known === key, `Revision ${revision} is "${known}" and "${key}"`);
    this.#tokenByRevision.set(revision, key);
  }
}

function after({ operation, token }: Attempt): string | undefined {
  return operation === 'delete' ? undefined : token;
}

function keyOf({ operation, name, token }: Attempt): string {
  return `${operation} ${name} ${token}`;
}
