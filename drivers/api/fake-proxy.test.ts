import type { Place } from './proxy-conformance.ts';
import { testProxy } from './proxy-conformance.ts';
import { FakeProxyHost } from './fake-proxy.ts';

testProxy('fake', async () => {
  const host = new FakeProxyHost();
  const names = new Map<string, string>();
  let nextPort = 8000;
  const freePlace = async (): Promise<Place> => ({ address: '127.0.0.1', port: nextPort++ });
  return {
    open: async () => host.openProxy(),
    release: async () => undefined,
    kill: async () => host.kill(),
    freePlace,
    occupy: async ({ address, port }) => host.occupy(address, port),
    backend: async (name) => {
      const place = await freePlace();
      names.set(`${place.address}:${place.port}`, name);
      return place;
    },
    reach: async ({ address, port }) => names.get(host.backendsOf(address, port)?.[0] ?? ''),
    dispose: async () => undefined,
  };
});
