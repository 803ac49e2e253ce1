import type { ApiResponse, SubresourceHandler } from '../../../kernel/ports/endpoint.ts';
import { encodeJson } from '../../../kernel/meta/json.ts';
import { requireSite } from '../identity/users.ts';
import { managementGroup } from '../site/type.ts';
import type { HubTrust } from './hub-ports.ts';
import type { SiteSessions } from './sessions.ts';

/**
 * `GET sites/<name>/session`: a stream of JSON lines that lasts as long as the session; its end tells either side at
 * once that the other is gone. The first line is `{"type":"OPENED"}`; then, and whenever that changes, `{"type":"TRUST",…}` with the
 * authorities of the hub.
 */
export function sessionHandler(sessions: SiteSessions, trust?: HubTrust): SubresourceHandler {
  const waiting = new Set<() => void>();
  trust?.onChange(() => {
    for (const wake of waiting) wake();
  });
  return {
    resource: `sites.${managementGroup}`,
    subresource: 'session',
    verbs: { GET: 'get' },
    isLongRunning: true,
    handle(request): Promise<ApiResponse> {
      requireSite(request.user, request.name);
      const body = sessionLines({ sessions, trust, waiting }, request.name, request.signal);
      return Promise.resolve({ status: 200, headers: { 'content-type': 'application/json' }, body });
    },
  };
}

interface SessionStream {
  readonly sessions: SiteSessions;
  readonly trust: HubTrust | undefined;
  /** Woken when the authorities changed. */
  readonly waiting: Set<() => void>;
}

async function* sessionLines(
  { sessions, trust, waiting }: SessionStream,
  siteName: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  using _open = sessions.open(siteName);
  yield line({ type: 'OPENED' });
  while (!signal.aborted) {
    const { promise: changed, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    try {
      if (trust !== undefined) {
        yield line({ type: 'TRUST', authorities: trust.trustedPem, endorsement: trust.endorsementPem });
      }
      await changed;
    } finally {
      waiting.delete(resolve);
    }
  }
}

function line(value: object): Uint8Array {
  const bytes = encodeJson(value);
  const whole = new Uint8Array(bytes.byteLength + 1);
  whole.set(bytes);
  whole[bytes.byteLength] = 0x0a;
  return whole;
}
