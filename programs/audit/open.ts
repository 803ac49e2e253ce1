import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Anchors } from '../../kernel/audit/anchors.ts';
import { Backlog } from '../../kernel/audit/backlog.ts';
import { defaultAuditPolicy, type DefaultPolicySources } from '../../kernel/audit/default-policy.ts';
import { defaultLogBounds, openAuditLog } from '../../kernel/audit/log.ts';
import type { AuditPolicy } from '../../kernel/audit/policy.ts';
import { auditFolder } from '../../kernel/audit/segments.ts';
import { AuditTrail } from '../../kernel/audit/trail.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import { TaskGroup } from '../../kernel/base/task-group.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import type { Auditor } from '../../kernel/ports/audit.ts';
import type { Store } from '../../kernel/ports/store.ts';
import { openAuditKey } from '../../kernel/server/pki/audit-key.ts';
import { CommandError } from '../cli/exit.ts';
import { pathProblem } from '../data-folder.ts';
import type { AuditConfig } from './config.ts';

/** Where and by what rules requests are recorded. */
export interface AuditSources {
  readonly dataFolder: string;
  readonly config: AuditConfig;
  /** For the built-in policy. */
  readonly served: DefaultPolicySources;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The audit of a server. */
export interface OpenAudit {
  readonly auditor: Auditor;
  /** Files records, signs and anchors heads until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Files what is left. Call it when nobody is answered any more, before the store is closed. */
  close(): Promise<void>;
}

/** Opens the audit log of a data folder. @throws {CommandError} when the policy cannot be used. */
export async function openAudit(sources: AuditSources, signal: AbortSignal): Promise<OpenAudit> {
  const { dataFolder, config, store, clock, log } = sources;
  const policy =
    config.policyFile === undefined ? defaultAuditPolicy(sources.served) : await readPolicy(config.policyFile);
  const signer = await openAuditKey(join(dataFolder, 'pki'));
  const anchors = await openAnchors(sources);
  const backlog = new Backlog(clock);
  const auditLog = await openAuditLog(
    {
      folder: join(dataFolder, auditFolder),
      store,
      backlog,
      signer,
      retention: config.retention,
      bounds: defaultLogBounds,
      onSigned: (statement) => anchors?.add(statement),
      clock,
      log,
    },
    signal,
  );
  const trail = new AuditTrail({ policy, store, backlog, clock, log, onRecorded: () => auditLog.poke() });
  return {
    auditor: {
      begin: (request) => trail.begin(request),
      room: (request) => trail.room(request),
      metrics: () => [...trail.metrics(), ...(anchors?.metrics() ?? [])],
    },
    async run(stop) {
      const group = new TaskGroup(stop);
      group.start((ending) => auditLog.run(ending));
      if (anchors !== undefined) group.start((ending) => anchors.run(ending));
      await group.join();
    },
    async close() {
      await auditLog.close(new AbortController().signal);
      await anchors?.flush(closeGraceMs);
    },
  };
}

/** How long the last head may take to its places when a server stops, milliseconds. */
const closeGraceMs = 1_000;

/** Not even loaded where heads stay in the folder. */
async function openAnchors({ config, clock, log }: AuditSources): Promise<Anchors | undefined> {
  if (config.anchors.length === 0) return undefined;
  const [loaded, { openAnchorTarget }] = await Promise.all([
    import('../../kernel/audit/anchors.ts'),
    import('./anchor-targets.ts'),
  ]);
  return new loaded.Anchors(config.anchors.map(openAnchorTarget), clock, log);
}

async function readPolicy(path: string): Promise<AuditPolicy> {
  const [{ parseYamlObject }, { AuditPolicyError, parsePolicy }] = await Promise.all([
    import('../../kernel/server/yaml.ts'),
    import('../../kernel/audit/policy-file.ts'),
  ]);
  try {
    const { value, duplicateFields } = parseYamlObject(await readFile(path));
    if (duplicateFields.length > 0) throw new AuditPolicyError(`it has "${duplicateFields[0]}" twice`);
    return parsePolicy(value);
  } catch (cause) {
    const isOfPolicy = cause instanceof AuditPolicyError || isApiError(cause, 'BadRequest');
    const why = isOfPolicy ? cause.message : pathProblem(cause, 'there is no such file');
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot use the audit policy "${path}": ${why}`, 'correct --audit-policy-file', { cause });
  }
}
