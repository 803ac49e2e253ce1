import type { Logger } from '../base/logger.ts';
import type { ApiRequest, ApiResponse } from '../ports/endpoint.ts';

/** One thing that must be right for the server to be ready or alive. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong, for the log; `undefined` when all is well. Must answer at once. */
  readonly problem: () => string | undefined;
}

const plainText = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };

/**
 * Answers `/healthz`, `/livez`, `/readyz` and their single checks: `ok`, or 500 with a line per check. `?verbose` shows
 * the lines also when all is well, `?exclude=name` leaves a check out (kube-apiserver `server/healthz`). What is wrong stands
 * in the log: everybody may ask.
 */
export function healthAnswer(
  request: ApiRequest,
  { probe, check: checkName }: { readonly probe: string; readonly check: string },
  checks: readonly HealthCheck[],
  logger: Logger,
): ApiResponse {
  const excluded = new Set(checkName === '' ? request.query.getAll('exclude') : []);
  const chosen = checks.filter(({ name }) => checkName === '' || name === checkName);
  if (checkName !== '' && chosen.length === 0) return pageNotFound();
  const lines: string[] = [];
  let isHealthy = true;
  for (const { name, problem } of chosen) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const found = problem();
    lines.push(found === undefined ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
    if (found === undefined) continue;
    isHealthy = false;
    logger.warn('health check failed', { probe, check: name, error: found });
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (isHealthy && !request.query.has('verbose')) return textAnswer(200, 'ok');
  const verdict = `${probe} check ${isHealthy ? 'passed' : 'failed'}`;
  return textAnswer(isHealthy ? 200 : 500, `${[...lines, verdict].join('\n')}\n`);
}

/** The answer to a path that nothing serves, as Go's HTTP server writes it; groups of Kubernetes itself: `refuseUnknown`. */
export function pageNotFound(): ApiResponse {
  return textAnswer(404, '404 page not found\n');
}

/** A plain-text answer. */
export function textAnswer(status: number, text: string): ApiResponse {
  return { status, headers: plainText, body: Buffer.from(text) };
}
