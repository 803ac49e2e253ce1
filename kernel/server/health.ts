import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';
import { readFlag } from './query-options.ts';

/** One thing that must be right for the server to be ready or alive. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong, for people; `undefined` when all is well. Must answer at once. */
  readonly problem: () => string | undefined;
}

const plainText = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/**
 * Answers `/healthz`, `/livez`, `/readyz` and their single checks: `ok`, or 500 with a line per check. `?verbose` shows
 * the lines also when all is well, `?exclude=name` leaves a check out (kube-apiserver `server/healthz`).
 */
export function healthAnswer(
  request: ApiRequest,
  probe: string,
  checkName: string,
  checks: readonly HealthCheck[],
): ApiResponse {
  const excluded = new Set(request.query.getAll('exclude'));
  const chosen = checks.filter(({ name }) => (checkName === '' ? !excluded.has(name) : name === checkName));
  if (checkName !== '' && chosen.length === 0) return textAnswer(404, '404 page not found\n');
  const lines: string[] = [];
  let isHealthy = true;
  for (const { name, problem } of chosen) {
    const found = problem();
    if (found !== undefined) isHealthy = false;
    lines.push(found === undefined ? `[+]${name} ok` : `[-]${name} failed: ${found}`);
  }
  if (isHealthy && !readFlag(request.query, 'verbose')) return textAnswer(200, 'ok');
  const verdict = `${probe} check ${isHealthy ? 'passed' : 'failed'}`;
  return textAnswer(isHealthy ? 200 : 500, `${[...lines, verdict].join('\n')}\n`);
}

/** A plain-text answer. */
export function textAnswer(status: number, text: string): ApiResponse {
  return { status, headers: plainText, body: Buffer.from(text) };
}
