import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import { eventually } from '../world.ts';
import { type RawAnswer, send } from './http-request.ts';
import { Hub } from './hub.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const json = { 'content-type': 'application/json' };

// research/kernel.md §1.3: what Headlamp asks for, in the order in which a page opens.
test('a browser dashboard, request by request', async () => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const aggregated = await send(hub, {
    path: '/apis',
    headers: { accept: 'application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList,application/json' },
  });
  assert.equal(aggregated.json['kind'], 'APIGroupDiscoveryList');
  assert.equal((await send(hub, { path: '/apis' })).json['kind'], 'APIGroupList');
  assert.equal((await send(hub, { path: '/version' })).json['major'], '1');
  assert.equal((await send(hub, { path: '/openapi/v2' })).json['swagger'], '2.0');
  assert.equal((await send(hub, { path: '/apis/metrics.k8s.io/v1beta1/nodes' })).status, 404);
  const may = { spec: { resourceAttributes: { resource: 'pods', verb: 'list' } } };
  const review = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const allowed = await post(hub, review, may);
  assert.deepEqual([allowed.status, (allowed.json['status'] as { allowed: boolean }).allowed], [201, true]);
  const rules = await post(hub, '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    spec: { namespace: 'default' },
  });
  assert.equal(rules.status, 201);

  await post(hub, maps, { metadata: { name: 'c' }, data: { x: '1' } });
  const list = await send(hub, { path: maps });
  const { resourceVersion } = list.json['metadata'] as { resourceVersion: string };
  await using watch = await dial(hub, `${maps}?watch=1&resourceVersion=${resourceVersion}`);
  const patch = { method: 'PATCH', path: `${maps}/c`, body: '{"data":{"x":"2"}}' };
  await send(hub, { ...patch, headers: { 'content-type': 'application/merge-patch+json' } });
  await send(hub, { method: 'DELETE', path: `${maps}/c` });
  await watch.shows(['MODIFIED c=2', 'DELETED c=2']);

  await hub.stop();
  await watch.closed;
  await hub.start();
  await using again = await dial(hub, `${maps}?watch=1&resourceVersion=${resourceVersion}`);
  await again.shows(['MODIFIED c=2', 'DELETED c=2']);
});

function post(hub: Hub, path: string, body: object): Promise<RawAnswer> {
  return send(hub, { method: 'POST', path, headers: json, body: JSON.stringify(body) });
}

interface WatchEvent {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name: string }; readonly data: { readonly x: string } };
}

/** A watch over WebSocket without a subprotocol, as a dashboard's backend dials it. */
async function dial(hub: Hub, path: string) {
  const { ca, admin } = hub.credentials();
  const socket = new WebSocket(`${hub.url.replace('https', 'wss')}${path}`, { ca, ...admin });
  const events: string[] = [];
  socket.on('message', (data: Buffer) => {
    const { type, object } = JSON.parse(data.toString()) as WatchEvent;
    events.push(`${type} ${object.metadata.name}=${object.data.x}`);
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  return {
    closed,
    shows: (wanted: readonly string[]) =>
      eventually('the events', 10_000, () => {
        assert.deepEqual(events, wanted);
        return true;
      }),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}
