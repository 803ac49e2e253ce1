import assert from 'node:assert/strict';
import { join } from 'node:path';
import { silentLogger } from '../../kernel/base/logger.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import type { StoreRow } from '../../kernel/ports/store.ts';
import type { ResourceQuota } from '../../kernel/schema/standard/types.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { type Amounts, type CountedObject, countedResources, overAdmitted, recount } from './recount.ts';

const quotas = 'resourcequotas';
const pageRows = 5_000;

/** One namespace, as of the last row that was replayed. */
class ReplayedNamespace {
  readonly objects = new Map<string, CountedObject>();
  readonly quotas = new Map<string, { readonly quota: ResourceQuota; readonly used: Amounts }>();
}

/**
 * The log of a server that was killed, read from its disk row by row: after each, every quota of the namespace is counted anew.
 * What a write adds must fit; only a limit that was lowered may be passed.
 */
export class LogReplay {
  /** Every time a write got past a limit. */
  readonly overAdmissions: string[] = [];
  /** Rows that were followed by a recount. */
  rowCount = 0;
  #head = 0;
  readonly #namespaces = new Map<string, ReplayedNamespace>();

  /** Reads what came after the last time. Nobody may have the folder open. */
  async readOn(dataFolder: string): Promise<void> {
    const { signal } = new AbortController();
    const path = join(dataFolder, 'store.db');
    const store = await openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
    try {
      assert.ok((await store.readFloor(signal)) <= this.#head, 'No row of the log is missing');
      for (let after: number | undefined = this.#head; after !== undefined; ) {
        const page = await store.readLog(after, pageRows, signal);
        for (const row of page.rows) this.#replay(row);
        after = page.next;
      }
      this.#head = store.recovery.head;
    } finally {
      await store.close();
    }
  }

  /** The objects of a namespace, and its quotas. */
  namespace(name: string): Pick<ReplayedNamespace, 'objects' | 'quotas'> {
    return this.#namespaces.getOrInsertComputed(name, () => new ReplayedNamespace());
  }

  #replay({ resource, namespace, name, operation, bytes, revision }: StoreRow): void {
    if (resource !== quotas && !countedResources.includes(resource)) return;
    const { objects, quotas: known } = this.namespace(namespace);
    const isGone = operation === 'delete';
    const object = isGone ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as KubeObject);
    this.rowCount++;
    if (resource === quotas) {
      if (object === undefined) return void known.delete(name);
      return void known.set(name, { quota: object, used: recount(object, objects.values()) });
    }
    const key = `${resource} ${name}`;
    if (object === undefined) objects.delete(key);
    else objects.set(key, { resource, object });
    for (const [quotaName, { quota, used: before }] of known) {
      const used = recount(quota, objects.values());
      for (const what of overAdmitted(quota, before, used)) {
        this.overAdmissions.push(`${namespace}, revision ${revision}, ${operation} of ${key}: ${what}`);
      }
      known.set(quotaName, { quota, used });
    }
  }
}
