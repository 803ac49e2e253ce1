import { spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { AnchorTarget } from '../../kernel/audit/anchors.ts';
import type { AuditStatement } from '../../kernel/audit/heads.ts';
import type { AnchorConfig } from './config.ts';

/** How long a command or a peer may take for one head, milliseconds. */
const timeoutMs = 10_000;
/** Bytes of what a failed command says that are told. */
const shownBytesMax = 500;

/** Opens a place for heads. */
export function openAnchorTarget(config: AnchorConfig): AnchorTarget {
  switch (config.kind) {
    case 'file':
      return { name: config.path, send: (statement) => appendTo(config.path, statement) };
    case 'command':
      return { name: config.argv[0] ?? '', send: (statement, signal) => runCommand(config.argv, statement, signal) };
    case 'url': {
      const { origin, pathname } = new URL(config.url);
      return { name: `${origin}${pathname}`, send: (statement, signal) => post(config.url, statement, signal) };
    }
  }
}

function lineOf(statement: AuditStatement): string {
  return `${JSON.stringify(statement)}\n`;
}

/** The file is synced before the head counts as anchored. */
async function appendTo(path: string, statement: AuditStatement): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, 'a', 0o644);
  try {
    await file.appendFile(lineOf(statement));
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Exit code 0 means that the head is kept. */
async function runCommand(argv: readonly string[], statement: AuditStatement, signal: AbortSignal): Promise<void> {
  const [command = '', ...parameters] = argv;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const child = spawn(command, parameters, { stdio: ['pipe', 'ignore', 'pipe'], signal: ending });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (said.length < shownBytesMax) said += chunk.toString().slice(0, shownBytesMax);
  });
  child.stdin.on('error', () => undefined); // it ended without reading, its exit code says how
  child.on('error', reject);
  child.on('close', (code, by) => {
    if (code === 0) resolve();
    else reject(new Error(`"${command}" ended with ${by ?? `exit code ${code}`}: ${said.trim()}`));
  });
  child.stdin.end(lineOf(statement));
  await promise;
}

/** Any 2xx means that the head is kept. Redirects are not followed. */
async function post(url: string, statement: AuditStatement, signal: AbortSignal): Promise<void> {
  // Only programs that anchor at a peer pay for HTTP clients.
  const { request } = url.startsWith('https:') ? await import('node:https') : await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = { 'content-type': 'application/json' };
  const ending = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const sent = request(url, { method: 'POST', headers, signal: ending }, (answer) => {
    answer.resume();
    const code = answer.statusCode ?? 0;
    if (code >= 200 && code < 300) resolve();
    else reject(new Error(`It answered ${code}`));
  });
  sent.on('error', reject);
  sent.end(lineOf(statement));
  await promise;
}
