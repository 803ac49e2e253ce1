import { systemClock } from '../../kernel/base/system-clock.ts';
import { CommandError } from '../cli/exit.ts';
import { note } from '../cli/output.ts';
import { type Issuer, RefusedError, type Tokens } from './issuer.ts';

const defaultIntervalSeconds = 5;
const expiresSecondsMax = 1_800;

/**
 * Logs in with a browser on another machine (RFC 8628): prints where to go and what to type there, and asks until it was done.
 * @throws {CommandError} when the person or the issuer refuses, or the code expires.
 */
export async function deviceLogin(issuer: Issuer, stop: AbortSignal): Promise<Tokens> {
  const { scope } = issuer;
  const { status, value } = await issuer.post('device_authorization_endpoint', { scope }, stop);
  const { device_code: code, user_code: userCode, verification_uri: place, verification_uri_complete: whole } = value;
  if (status !== 200 || typeof code !== 'string' || typeof userCode !== 'string' || typeof place !== 'string') {
    throw new RefusedError('Cannot log in', value);
  }
  note(`Log in at ${place} with the code ${userCode}`);
  if (typeof whole === 'string') note(`  or at ${whole}`);
  let intervalSeconds = seconds(value['interval'], defaultIntervalSeconds, 60);
  const endsAtMs =
    systemClock.monotonicMs() + seconds(value['expires_in'], expiresSecondsMax, expiresSecondsMax) * 1_000;
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: code };
  while (systemClock.monotonicMs() < endsAtMs) {
    await systemClock.sleep(intervalSeconds * 1_000, stop);
    try {
      return await issuer.tokens(grant, stop);
    } catch (error) {
      const answer = error instanceof RefusedError ? error.code : '';
      if (answer === 'slow_down') intervalSeconds += 5;
      else if (answer !== 'authorization_pending') throw error;
    }
  }
  throw new CommandError('Nobody logged in before the code expired', 'try again');
}

function seconds(value: unknown, otherwise: number, max: number): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, max) : otherwise;
}
