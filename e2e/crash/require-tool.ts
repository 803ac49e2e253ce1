import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/**
 * Tells whether a program works here. Without it the test is skipped, and says so; in CI (environment variable `CI`)
 * it fails instead, so that nothing is silently left out.
 */
export function requireTool(t: TestContext, command: string, argv: readonly string[]): boolean {
  const { status, error, stderr } = spawnSync(command, argv, { encoding: 'utf8' });
  if (status === 0) return true;
  const why = `"${command} ${argv.join(' ')}" does not work here: ${error?.message ?? stderr.trim()}`;
  if (process.env['CI']) throw new Error(why);
  t.skip(why);
  return false;
}
