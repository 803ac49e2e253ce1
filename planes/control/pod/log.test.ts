import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { podNamed, SiteWorld } from '../testing/site-world.ts';
import { podLog } from './log.ts';
import { podKind } from './type.ts';

/** What `kubectl logs` would get, or the refusal. */
async function logs(
  world: SiteWorld,
  name: string,
  query: Record<string, string> = {},
  signal = world.signal,
): Promise<string> {
  const handler = podLog({
    runtime: world.host.openRuntime(),
    readPod: (at, readSignal) => world.client.get(podKind, at, readSignal),
    clock: world.clock,
  });
  const request = { namespace: 'default', name, query: new URLSearchParams(query), signal };
  try {
    const { body, status } = await handler.handle(request as SubresourceRequest);
    assert.equal(status, 200);
    const chunks: Uint8Array[] = [];
    for await (const chunk of body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch (error) {
    if (error instanceof ApiError) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

test('pods/log gives the output asked for', async () => {
  await using world = await SiteWorld.start();
  await world.create(podKind, podNamed('talker'));
  await world.settle();
  const [run] = world.running;
  assert(run !== undefined);
  for (const line of ['one', 'two', 'three']) {
    world.host.writeLine(run.id, line);
    await world.clock.advance(10_000);
  }
  assert.equal(await logs(world, 'talker'), 'one\ntwo\nthree\n');
  assert.equal(await logs(world, 'talker', { tailLines: '1' }), 'three\n');
  assert.equal(await logs(world, 'talker', { sinceSeconds: '25' }), 'two\nthree\n');
  assert.equal(await logs(world, 'talker', { limitBytes: '5' }), 'one\nt');
  assert.match(await logs(world, 'talker', { tailLines: '1', timestamps: 'true' }), /^2026-.*Z three\n$/);
  const stop = new AbortController();
  const followed = logs(world, 'talker', { follow: 'true', tailLines: '0' }, stop.signal);
  await world.clock.advance(10);
  world.host.writeLine(run.id, 'four');
  await world.clock.advance(10);
  world.host.exit(run.id, 1);
  assert.equal(await followed, 'four\n', 'following ends with the container');
  await world.settle();
  assert.equal(await logs(world, 'talker', { previous: 'true' }), 'one\ntwo\nthree\nfour\n');
});

test('pods/log refuses in the words of upstream', async () => {
  await using world = await SiteWorld.start();
  await world.create(podKind, podNamed('mute', { command: [] }));
  await world.create(
    podKind,
    podNamed(
      'two',
      {},
      {
        containers: [
          { name: 'a', command: ['a'] },
          { name: 'b', command: ['b'] },
        ],
      },
    ),
  );
  await world.create(podKind, podNamed('huge', { resources: { requests: { cpu: '64' } } }));
  await world.settle();
  const cases: readonly (readonly [name: string, query: Record<string, string>, want: string])[] = [
    ['absent', {}, 'NotFound: pods "absent" not found'],
    ['mute', {}, 'BadRequest: container "main" in pod "mute" is waiting to start: CreateContainerConfigError'],
    ['mute', { container: 'x' }, 'BadRequest: container x is not valid for pod mute'],
    ['two', {}, 'BadRequest: a container name must be specified for pod two, choose one of: [a b]'],
    [
      'two',
      { container: 'a', previous: 'true' },
      'BadRequest: previous terminated container "a" in pod "two" not found',
    ],
    ['huge', {}, 'BadRequest: pod huge does not have a host assigned'],
    [
      'two',
      { container: 'a', tailLines: '-1' },
      'Invalid: PodLogOptions "" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
  ];
  for (const [name, query, want] of cases) assert.equal(await logs(world, name, query), want);
});
