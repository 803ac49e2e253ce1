import { createHash } from 'node:crypto';
import type { ProxyConfig } from './proxy.ts';

/** Digest of a proxy configuration: `sha256:` and hex, equal for configurations that mean the same in the same order. */
export function proxyConfigDigest(config: ProxyConfig): string {
  const canonical = config.listeners.map((listener) => [
    listener.name,
    listener.address,
    listener.port,
    listener.backends.map((backend) => [backend.address, backend.port, backend.podUid]),
  ]);
  return `sha256:${createHash('sha256').update(JSON.stringify(canonical)).digest('hex')}`;
}
