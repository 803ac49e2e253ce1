import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { TaskGroup } from '../../kernel/base/task-group.ts';
import { ApiError, errorText } from '../../kernel/meta/errors.ts';
import type { AdmissionPlugin } from '../../kernel/ports/admission.ts';
import type { Store } from '../../kernel/ports/store.ts';
import { KeyWatch } from '../../kernel/store/sealed/key-watch.ts';
import { type ResealProgress, resealStore, type SealSurvey, surveySeals } from '../../kernel/store/sealed/reseal.ts';
import { sealedStore } from '../../kernel/store/sealed/sealed-store.ts';
import { defaultRules, defaultService, type EncryptionKeys } from './open.ts';
import { encryptionAdmission } from './refusal.ts';
import { endRewriting, type Rewriting, writeRewriting } from './rewriting.ts';

/** What encryption in a running server works with. */
export interface EncryptionOptions {
  readonly dataFolder: string;
  readonly keys: EncryptionKeys;
  /** The store itself, whose values are encrypted. */
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How a rotation stands. */
export interface RotationProgress extends ResealProgress {
  readonly isDone: boolean;
  /** Why it ended before it was done. It goes on at the next start, or when it is asked for again. */
  readonly failure?: string;
}

/** A key service as people see it. */
export interface ServiceStatus {
  readonly name: string;
  readonly place: string;
  /** The key it writes with; absent: it only reads. */
  readonly writesWith?: string;
  /** Ids of the keys in its file. */
  readonly keys?: readonly string[];
  /** Why nothing is written with it any more. */
  readonly problem?: string;
}

/** What is encrypted with what. */
export interface EncryptionStatus extends SealSurvey {
  readonly services: readonly ServiceStatus[];
  /** Rows are being brought under other keys. */
  readonly isRotating: boolean;
}

/** Encryption at rest in a running server: follows key services, rotates keys. */
export class Encryption {
  readonly #options: EncryptionOptions;
  readonly #watches = new Map<string, KeyWatch>();
  readonly #tasks: TaskGroup;
  readonly #stopping = new AbortController();
  /** What the server reads and writes. */
  readonly store: Store;
  #rewriting: Rewriting | undefined;
  #progress: RotationProgress = { rowsRead: 0, rowsRewritten: 0, revision: 0, isDone: true };
  #progressed = Promise.withResolvers<void>();

  constructor(options: EncryptionOptions) {
    this.#options = options;
    const { sealing, rewriting } = options.keys;
    this.store = sealedStore(options.store, sealing);
    this.#tasks = new TaskGroup(this.#stopping.signal);
    this.#rewriting = rewriting;
  }

  /** What refuses writes where a key service is silent; nothing where there is none that could be. */
  get admission(): readonly AdmissionPlugin[] {
    const { sealing, services } = this.#options.keys;
    if (![...services.values()].some(({ isRemote }) => isRemote)) return [];
    return [encryptionAdmission((resource) => this.#watches.get(sealing.writerOf(resource) ?? '')?.problem)];
  }

  /** Follows key services and goes on with what was interrupted, until `close`. */
  start(): void {
    for (const name of this.#options.keys.sealing.writers()) this.#watch(name);
    if (this.#rewriting !== undefined) this.#rewrite();
  }

  /** Stops everything before the store is closed. */
  async close(): Promise<void> {
    this.#stopping.abort(new DOMException('Stopped', 'AbortError'));
    await this.#tasks.join();
  }

  /** Reads the whole store. */
  async status(signal: AbortSignal): Promise<EncryptionStatus> {
    const { store, keys } = this.#options;
    const survey = await surveySeals(store, keys.sealing, { tries: false }, signal);
    return { ...survey, services: this.#serviceStatus(), isRotating: !this.#progress.isDone };
  }

  /**
   * Makes new keys where they are made here, has new data keys wrapped, and brings every row under them in the background. A
   * server that encrypted nothing begins to. @throws {ApiError} `Conflict` while one is under way. @throws {KeyServiceError}
   */
  async rotate(): Promise<void> {
    if (!this.#progress.isDone) throw new ApiError('Conflict', 'A rotation is under way: wait for its end');
    const { dataFolder, keys } = this.#options;
    const { sealing, keyFiles, isDefault } = keys;
    this.#progress = { rowsRead: 0, rowsRewritten: 0, revision: 0, isDone: false };
    try {
      const isFirst = isDefault && keyFiles.get(defaultService)?.keys.length === 0;
      this.#rewriting = { readsClear: isFirst || (this.#rewriting?.readsClear ?? false) };
      await writeRewriting(dataFolder, this.#rewriting);
      for (const name of isFirst ? [defaultService] : sealing.writers()) {
        await keyFiles.get(name)?.add();
        await sealing.keys.renew(name, this.#stopping.signal);
        this.#watch(name);
      }
      if (isFirst) sealing.use(defaultRules(true));
    } catch (error) {
      this.#told({ ...this.#progress, isDone: true, failure: errorText(error) });
      throw error;
    }
    this.#rewrite();
  }

  /** How the rotation goes, until it ends. Whoever stops listening does not stop it. */
  async *progress(): AsyncGenerator<RotationProgress, void, undefined> {
    for (;;) {
      const progress = this.#progress;
      yield progress;
      if (progress.isDone) return;
      if (progress === this.#progress) await this.#progressed.promise;
    }
  }

  /**
   * Takes a key out of its file, once nothing in the store needs it. Backups from before need it still.
   * @throws {ApiError} `NotFound`; `Conflict` while it is needed.
   */
  async removeKey(keyId: string, signal: AbortSignal): Promise<void> {
    const { keyFiles, sealing } = this.#options.keys;
    const [name, file] = [...keyFiles].find(([, { keys }]) => keys.some(({ id }) => id === keyId)) ?? [];
    if (name === undefined || file === undefined)
      throw new ApiError('NotFound', `There is no key "${keyId}" in a key file`);
    if (!this.#progress.isDone) throw new ApiError('Conflict', 'A rotation is under way: wait for its end');
    if (file.keys[0]?.id === keyId || sealing.writers().some((used) => sealing.keys.current(used).keyId === keyId)) {
      throw new ApiError('Conflict', `Key "${keyId}" is the one that is written with: rotate first`);
    }
    const { keys } = await this.status(signal);
    const use = keys.find(({ service, keyId: used }) => service === name && used === keyId);
    if (use !== undefined) {
      throw new ApiError('Conflict', `Key "${keyId}" is needed for ${use.rowCount} rows: rotate first`);
    }
    await file.remove(keyId);
  }

  #watch(name: string): void {
    const { keys, clock, log } = this.#options;
    const service = keys.services.get(name);
    if (service === undefined || this.#watches.has(name)) return;
    const watch = new KeyWatch({ service, keys: keys.sealing.keys, clock, log });
    this.#watches.set(name, watch);
    this.#tasks.start((signal) => watch.run(signal));
  }

  #rewrite(): void {
    const { dataFolder, store, keys, log } = this.#options;
    this.#told({ ...this.#progress, isDone: false });
    this.#tasks.start(async (signal) => {
      try {
        const onProgress = (progress: ResealProgress) => this.#told({ ...progress, isDone: false });
        const total = await resealStore(store, keys.sealing, onProgress, signal);
        if (keys.isDefault) keys.sealing.use(defaultRules(false));
        await endRewriting(dataFolder);
        this.#rewriting = undefined;
        log.info('encryption keys were rotated', { rows: total.rowsRewritten });
        this.#told({ ...total, isDone: true });
      } catch (error) {
        const failure = signal.aborted ? 'the server stops; it goes on at its next start' : errorText(error);
        if (!signal.aborted) log.error('a rotation of encryption keys did not end', { error: failure });
        this.#told({ ...this.#progress, isDone: true, failure });
      }
    });
  }

  #told(progress: RotationProgress): void {
    this.#progress = progress;
    this.#progressed.resolve();
    this.#progressed = Promise.withResolvers();
  }

  #serviceStatus(): readonly ServiceStatus[] {
    const { services, keyFiles, sealing } = this.#options.keys;
    const writers = new Set(sealing.writers());
    return [...services.values()].map(({ name, place }) => {
      const problem = this.#watches.get(name)?.problem;
      const file = keyFiles.get(name);
      return {
        name,
        place,
        ...(writers.has(name) ? { writesWith: sealing.keys.current(name).keyId } : {}),
        ...(file === undefined ? {} : { keys: file.keys.map(({ id }) => id) }),
        ...(problem === undefined ? {} : { problem }),
      };
    });
  }
}
