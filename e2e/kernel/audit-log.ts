import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { commandPath, nodeOptions } from '../../programs/cli/child.ts';
import { type CommandResult, command } from '../world.ts';
import type { Hub } from './hub.ts';

/** What tests look at in an `audit.k8s.io/v1` Event. */
export interface AuditRecord {
  readonly auditID: string;
  readonly level: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username?: string };
  readonly impersonatedUser?: { readonly username: string };
  readonly objectRef?: Readonly<Record<string, string>>;
  readonly responseStatus?: { readonly code: number; readonly reason?: string };
  readonly requestObject?: Readonly<Record<string, unknown>>;
  readonly responseObject?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly sequence: number;
}

/** Runs `planform audit …` on the data folder of a server, whether that runs or not. */
export function planformAudit(hub: Hub, ...words: readonly string[]): Promise<CommandResult> {
  const [name = '', ...options] = words;
  const line = [...nodeOptions, commandPath, 'audit', name, '--data', hub.dataFolder, ...options];
  return command(process.execPath, line, { timeoutMs: 30_000 });
}

/** Exports into a pipe that nobody reads to its end, as `| head -1`. @returns the exit code and standard error. */
export async function exportFirst(hub: Hub): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const line = [...nodeOptions, commandPath, 'audit', 'export', '--data', hub.dataFolder];
  const child = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit') as Promise<[number | null]>]);
  return { code, stderr };
}

/** All records, in order. */
export async function auditRecords(hub: Hub): Promise<readonly AuditRecord[]> {
  const { code, stdout, stderr } = await planformAudit(hub, 'export');
  assert.equal(code, 0, stderr);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord);
}
