import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import type { KeyObject } from 'node:crypto';
import { exportLog } from '../../kernel/audit/export.ts';
import { headsPath, readHeads } from '../../kernel/audit/heads.ts';
import { auditFolder } from '../../kernel/audit/segments.ts';
import { type AuditFinding, type AuditReport, verifyLog } from '../../kernel/audit/verify.ts';
import { auditPublicKeyFile, readAuditPublicKey } from '../../kernel/server/pki/audit-key.ts';
import { AuthorityFileError } from '../../kernel/server/pki/file-authority.ts';
import { CommandError, exitCodes, UsageError } from '../cli/exit.ts';
import { print } from '../cli/output.ts';

/** What `planform audit verify` is told. */
export interface VerifyCommandOptions {
  readonly data: string;
  /** Heads that were kept elsewhere. */
  readonly anchors?: string;
  /** Public key that was kept elsewhere; default: that of the folder. */
  readonly key?: string;
  readonly output: 'table' | 'json';
}

/** Reads the whole audit log of a folder and says what is wrong with it. @returns the exit code: 3 when something is. */
export async function runAuditVerify(options: VerifyCommandOptions): Promise<number> {
  const dataFolder = resolve(options.data);
  const folder = existingLog(dataFolder);
  const keys = await readKeys(options.key ?? join(dataFolder, 'pki', auditPublicKeyFile));
  if (options.anchors !== undefined && !existsSync(options.anchors)) {
    throw new CommandError(`Cannot read the anchors "${options.anchors}": there is no such file`, undefined, {
      option: '--anchors',
    });
  }
  // Before the log: what is signed meanwhile is of no concern.
  const own = await readHeads(headsPath(folder));
  const anchors = options.anchors === undefined ? undefined : await readHeads(options.anchors);
  const report = await verifyLog({ folder, own, keys, ...(anchors === undefined ? {} : { anchors }) });
  if (options.output === 'json') print(JSON.stringify(report));
  else for (const line of describe(report, options.anchors)) print(line);
  return report.findings.length === 0 ? exitCodes.done : exitCodes.unhealthy;
}

function existingLog(dataFolder: string): string {
  const folder = join(dataFolder, auditFolder);
  if (existsSync(folder)) return folder;
  throw new CommandError(`There is no audit log in "${dataFolder}"`, 'name a data folder with --data', {
    option: '--data',
  });
}

async function readKeys(path: string): Promise<ReadonlyMap<string, KeyObject>> {
  try {
    return new Map([await readAuditPublicKey(path)]);
  } catch (cause) {
    if (!(cause instanceof AuthorityFileError)) throw cause;
    throw new CommandError(cause.message, 'name the public key with --key', { cause });
  }
}

function describe(report: AuditReport, anchorsFile: string | undefined): string[] {
  const { findings, recordCount, firstSequence, lastSequence, lastTime, anchored, unanchoredCount, removed } = report;
  const lines = findings.map(findingText);
  const span = recordCount === 0 ? '' : ` (${firstSequence} to ${lastSequence}, the last of ${lastTime})`;
  const isWhole = findings.length === 0;
  lines.push(`${isWhole ? 'whole' : 'NOT WHOLE'}: ${countText(recordCount)}${span}`);
  if (removed !== undefined) {
    lines.push(`records up to ${removed.sequence} were removed by retention on ${removed.time}, as signed`);
  }
  const by = anchorsFile === undefined ? 'a head beside the log' : `a head in ${anchorsFile}`;
  if (anchored === undefined) lines.push('no head vouches for it');
  else lines.push(`vouched for up to record ${anchored.sequence} by ${by}, signed ${anchored.time}`);
  if (unanchoredCount > 0) {
    lines.push(`unanchored tail: ${countText(unanchoredCount)} that no head vouches for; more could have been cut off`);
  }
  if (anchorsFile === undefined) {
    lines.push(
      'whoever has pki/audit.key could have written all of it anew: compare with heads kept elsewhere (--anchors)',
    );
  }
  return lines;
}

function countText(count: number): string {
  return count === 1 ? '1 record' : `${count} records`;
}

function findingText({ segment, line, sequence, time, message }: AuditFinding): string {
  // A line that is no head is about no record.
  if (sequence === 0) return message;
  const place = segment === '' ? '' : line === 0 ? `${segment}: ` : `${segment}:${line}: `;
  const when = time === '' ? '' : ` (${time})`;
  return `${place}record ${sequence}${when}: ${message}`;
}

/** What `planform audit export` is told. */
export interface ExportCommandOptions {
  readonly data: string;
  readonly format: 'jsonl' | 'cloudevents';
  readonly since?: string;
  readonly until?: string;
  /** `source` of CloudEvents. */
  readonly source: string;
}

/** Writes records to standard output, as fast as it is read, until it is closed: whoever reads may have had enough (`head`). */
export async function runAuditExport(options: ExportCommandOptions): Promise<void> {
  const { format, source, since, until } = options;
  const range = {
    ...(since === undefined ? {} : { sinceMs: readTime('--since', since) }),
    ...(until === undefined ? {} : { untilMs: readTime('--until', until) }),
  };
  const folder = existingLog(resolve(options.data));
  for await (const line of exportLog({ folder, format, source, ...range })) {
    if (!process.stdout.write(`${line}\n`) && !(await isDrained(process.stdout))) return;
  }
}

/** Waits until a stream takes more. @returns whether it does: not when nobody reads it any more. */
async function isDrained(stream: NodeJS.WriteStream): Promise<boolean> {
  try {
    await once(stream, 'drain');
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return false;
    throw error;
  }
}

function readTime(option: string, text: string): number {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  throw new UsageError(`${option} is "${text}": it must be a time such as 2026-11-20T12:00:00Z`, undefined, {
    option,
  });
}
