import type { ApiResponse, SubresourceHandler } from '../../../kernel/ports/endpoint.ts';
import { encodeJson } from '../../../kernel/meta/json.ts';
import { requireSite } from '../identity/users.ts';
import { managementGroup } from '../site/type.ts';
import type { SiteSessions } from './sessions.ts';

/**
 * `GET sites/<name>/session`: a stream of JSON lines that lasts as long as the session; its end tells either side at
 * once that the other is gone. Its only line so far is `{"type":"OPENED"}`.
 */
export function sessionHandler(sessions: SiteSessions): SubresourceHandler {
  return {
    resource: `sites.${managementGroup}`,
    subresource: 'session',
    verbs: { GET: 'get' },
    isLongRunning: true,
    handle(request): Promise<ApiResponse> {
      requireSite(request.user, request.name);
      const body = sessionLines(sessions, request.name, request.signal);
      return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body });
    },
  };
}

async function* sessionLines(
  sessions: SiteSessions,
  siteName: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  using _open = sessions.open(siteName);
  yield line({ type: 'OPENED' });
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function line(value: object): Uint8Array {
  const bytes = encodeJson(value);
  const whole = new Uint8Array(bytes.byteLength + 1);
  whole.set(bytes);
  whole[bytes.byteLength] = 0x0a;
  return whole;
}
