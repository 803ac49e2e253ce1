import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { AuditTarget } from '../../ports/audit.ts';
import type { Store } from '../../ports/store.ts';
import { MemoryDisk } from '../../store/memory/memory-disk.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { Backlog } from '../backlog.ts';
import { type AuditSigner, type AuditStatement, headsPath, readHeads } from '../heads.ts';
import { type AuditLog, type AuditLogBounds, defaultLogBounds, openAuditLog } from '../log.ts';
import { type AuditRetention, defaultAuditRetention } from '../retention.ts';
import { type AuditReport, verifyLog } from '../verify.ts';

const { signal } = new AbortController();

/** A signer with a key of its own, and what verifies it. */
export function testSigner(): { readonly signer: AuditSigner; readonly keys: ReadonlyMap<string, KeyObject> } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const signer: AuditSigner = { keyId: 'test', sign: (content) => sign(null, content, privateKey) };
  return { signer, keys: new Map([['test', publicKey]]) };
}

/** A request about a ConfigMap, for tests. */
export function testTarget(part: Partial<AuditTarget> = {}): AuditTarget {
  const resource = {
    group: '',
    version: 'v1',
    resource: 'configmaps',
    subresource: '',
    namespace: 'default',
    name: 'a',
  };
  return { verb: 'update', isResource: true, ...resource, ...part };
}

/** A log in a folder of its own, on a store in memory. */
export class WrittenLog implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'planform-audit-'));
  readonly disk = new MemoryDisk();
  readonly clock: VirtualClock = new VirtualClock();
  readonly statements: AuditStatement[] = [];
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly #signer: AuditSigner;
  #count = 0;

  constructor() {
    const { signer, keys } = testSigner();
    this.#signer = signer;
    this.keys = keys;
  }

  /** Opens it as a program does at its start. */
  open(bounds: Partial<AuditLogBounds> = {}, retention: AuditRetention = defaultAuditRetention): Promise<AuditLog> {
    const clock: Clock = this.clock;
    return openAuditLog(
      {
        folder: this.folder,
        store: this.store(),
        backlog: new Backlog(clock),
        signer: this.#signer,
        retention,
        bounds: { ...defaultLogBounds, ...bounds },
        onSigned: (statement) => this.statements.push(statement),
        clock,
        log: silentLogger,
      },
      signal,
    );
  }

  store(): Store {
    return openMemoryStore({ disk: this.disk });
  }

  /** Makes that many records durable in the store. */
  async record(count: number): Promise<void> {
    const store = this.store();
    for (let made = 0; made < count; made++) {
      const number = ++this.#count;
      const stageTimestamp = new Date(1_000_000 + number * 1_000).toISOString();
      await store.appendRecords([Buffer.from(JSON.stringify({ kind: 'Event', number, stageTimestamp, text: 'ä"' }))]);
    }
  }

  /** Writes `count` records with a head after every `headEvery`, and closes the log. */
  async write(count: number, headEvery: number, bounds: Partial<AuditLogBounds> = {}): Promise<void> {
    for (let left = count; left > 0; left -= headEvery) {
      const log = await this.open(bounds);
      await this.record(Math.min(headEvery, left));
      await log.close(signal);
    }
  }

  /** What `planform audit verify` would say. @param folder default: its own. */
  async verify(folder: string = this.folder, anchors?: string): Promise<AuditReport> {
    const own = await readHeads(headsPath(folder));
    const kept = anchors === undefined ? {} : { anchors: await readHeads(anchors) };
    return verifyLog({ folder, own, keys: this.keys, ...kept });
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
