import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '../kernel/base/random.ts';
import { readWhole, type Transport } from '../kernel/client/http/transport.ts';
import type { ApiRequest, ApiResponse } from '../kernel/ports/endpoint.ts';
import { Life } from './life.ts';
import { goodLink, Link, type LinkQuality } from './network.ts';
import { Timeline } from './timeline.ts';
import { Trace } from './trace.ts';

const encoder = new TextEncoder();
const quiet = { onCrash: () => undefined, onSpin: () => undefined };

interface Ends {
  readonly timeline: Timeline;
  readonly link: Link;
  readonly hub: Life;
  readonly agent: Life;
  /** Bodies that arrived at the hub, in order. */
  readonly arrived: string[];
  /** Abort reasons the hub saw. */
  readonly aborted: string[];
}

/** A hub that echoes bodies; `watch=true` answers with a piece every 10 ms until told to stop. */
function twoEnds(quality: Partial<LinkQuality> = {}): Ends {
  const timeline = new Timeline();
  const random = seededRandom(7);
  const arrived: string[] = [];
  const aborted: string[] = [];
  const hub = new Life(timeline, quiet);
  const handle = async (body: string, isWatch: boolean, signal: AbortSignal): Promise<ApiResponse> => {
    arrived.push(body);
    signal.addEventListener('abort', () => aborted.push((signal.reason as Error).message));
    return { status: 200, headers: {}, body: isWatch ? ticks(timeline, signal) : encoder.encode(`echo ${body}`) };
  };
  const handler = {
    handle: async (request: ApiRequest) => {
      const body = new TextDecoder().decode(await request.readBody(1000));
      return handle(body, request.query.has('watch'), request.signal);
    },
  };
  const listener = { handler, life: hub, options: { clock: hub.clock(), random } };
  const trace = new Trace(timeline);
  const link = new Link({
    name: 'link',
    credentials: {},
    timeline,
    random,
    trace,
    listener: () => (hub.isAlive ? listener : undefined),
  });
  link.quality = { ...goodLink, ...quality };
  return { timeline, link, hub, agent: new Life(timeline, quiet), arrived, aborted };
}

async function* ticks(timeline: Timeline, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for (let count = 0; !signal.aborted; count++) {
    await timeline.sleep(10);
    yield encoder.encode(`tick ${count}\n`);
  }
}

async function ask(transport: Transport, body: string, signal = new AbortController().signal): Promise<string> {
  const response = await transport.request({
    method: 'POST',
    path: '/echo',
    headers: {},
    body: encoder.encode(body),
    signal,
  });
  return new TextDecoder().decode(await readWhole(response.body, 10_000));
}

/** Outcomes of requests as text, in the order they came. */
function note(outcomes: string[], answer: Promise<string>): void {
  answer.then(
    (text) => outcomes.push(text),
    (error: unknown) => outcomes.push(`failed: ${(error as Error).message}`),
  );
}

describe('Link', () => {
  test('carries a request and its answer, and takes time for it', async () => {
    const ends = twoEnds();
    const outcomes: string[] = [];
    note(
      outcomes,
      ends.link.dial(ends.agent).then((connection) => ask(connection, 'one')),
    );
    await ends.timeline.runUntil(2);
    assert.deepEqual(outcomes, []);
    await ends.timeline.runUntil(200);
    assert.deepEqual(outcomes, ['echo one']);
  });

  test('delivers a request twice when told to', async () => {
    const ends = twoEnds({ repeatChance: 1, repeatMsMax: 1_000 });
    const outcomes: string[] = [];
    note(
      outcomes,
      ends.link.dial(ends.agent).then((connection) => ask(connection, 'one')),
    );
    await ends.timeline.runUntil(2_000);
    assert.deepEqual({ outcomes, arrived: ends.arrived }, { outcomes: ['echo one'], arrived: ['one', 'one'] });
  });

  test('loses an answer after the request was executed', async () => {
    const ends = twoEnds({ lostAnswerChance: 1 });
    const outcomes: string[] = [];
    note(
      outcomes,
      ends.link.dial(ends.agent).then((connection) => ask(connection, 'one')),
    );
    await ends.timeline.runUntil(200);
    assert.deepEqual(ends.arrived, ['one']);
    assert.match(outcomes[0] ?? '', /failed: .*reset/);
  });

  test('lets answers overtake each other', async () => {
    const ends = twoEnds({ slowChance: 0.5, slowMsMax: 5_000 });
    const outcomes: string[] = [];
    const connection = ends.link.dial(ends.agent);
    for (let count = 0; count < 10; count++)
      note(
        outcomes,
        connection.then((open) => ask(open, String(count))),
      );
    await ends.timeline.runUntil(10_000);
    assert.equal(outcomes.length, 10);
    assert.notDeepEqual(outcomes, outcomes.toSorted());
  });

  test('a cut breaks requests at once and refuses connections', async () => {
    const ends = twoEnds();
    const outcomes: string[] = [];
    const connection = ends.link.dial(ends.agent);
    await ends.timeline.runUntil(100);
    note(
      outcomes,
      connection.then((open) => ask(open, 'one')),
    );
    await ends.timeline.runUntil(101);
    ends.link.set('cut');
    await ends.timeline.runUntil(102);
    assert.match(outcomes[0] ?? '', /failed: .*network is down/);
    note(
      outcomes,
      ends.link.dial(ends.agent).then(() => 'connected'),
    );
    await ends.timeline.runUntil(300);
    assert.match(outcomes[1] ?? '', /failed: Cannot connect/);
    assert.deepEqual(ends.arrived, []);
  });

  test('a silent line fails nothing; what was sent arrives when it ends', async () => {
    const ends = twoEnds();
    const outcomes: string[] = [];
    const connection = ends.link.dial(ends.agent);
    await ends.timeline.runUntil(100);
    ends.link.set('silent');
    note(
      outcomes,
      connection.then((open) => ask(open, 'one')),
    );
    await ends.timeline.runUntil(10_000);
    assert.deepEqual(outcomes, []);
    ends.link.set('up');
    await ends.timeline.runUntil(11_000);
    assert.deepEqual(outcomes, ['echo one']);
  });

  test('pings find a line that stays silent, and a hub that was started again without a word', async () => {
    const ends = twoEnds();
    const outcomes: string[] = [];
    const connection = ends.link.dial(ends.agent);
    await ends.timeline.runUntil(100);
    ends.link.set('silent');
    note(
      outcomes,
      connection.then((open) => ask(open, 'one')),
    );
    await ends.timeline.runUntil(30_000);
    assert.match(outcomes[0] ?? '', /failed: .*no answer to a ping/);
    ends.link.set('up');
    const again = ends.link.dial(ends.agent);
    await ends.timeline.runUntil(31_000);
    ends.hub.crash();
    note(
      outcomes,
      again.then((open) => ask(open, 'two')),
    );
    await ends.timeline.runUntil(40_000);
    assert.match(outcomes[1] ?? '', /failed: .*no answer to a ping/);
  });

  test('cuts a stream in the middle of a piece', async () => {
    const ends = twoEnds({ brokenStreamChance: 0.2 });
    const outcomes: string[] = [];
    const signal = new AbortController().signal;
    const request = { method: 'GET', path: '/ticks?watch=true', headers: {}, body: undefined, signal };
    note(
      outcomes,
      ends.link.dial(ends.agent).then(async (connection) => {
        const response = await connection.request(request);
        for await (const piece of response.body) outcomes.push(new TextDecoder().decode(piece));
        return 'ended';
      }),
    );
    await ends.timeline.runUntil(2_000);
    assert.match(outcomes.at(-1) ?? '', /failed: .*reset/);
    assert.doesNotMatch(outcomes.at(-2) ?? '', /\n/);
    assert.equal(ends.aborted.length, 1);
  });

  test('the hub hears later that a client gave up', async () => {
    const ends = twoEnds();
    const outcomes: string[] = [];
    const stop = new AbortController();
    const request = { method: 'GET', path: '/ticks?watch=true', headers: {}, body: undefined, signal: stop.signal };
    note(
      outcomes,
      ends.link.dial(ends.agent).then(async (connection) => (await connection.request(request)).status.toString()),
    );
    await ends.timeline.runUntil(200);
    stop.abort(new Error('enough'));
    assert.deepEqual(ends.aborted, []);
    await ends.timeline.runUntil(300);
    assert.deepEqual(ends.aborted, ['The client is gone']);
  });

  test('a crashed hub breaks its connections and answers nothing', async () => {
    const ends = twoEnds();
    const outcomes: string[] = [];
    const connection = ends.link.dial(ends.agent);
    await ends.timeline.runUntil(100);
    note(
      outcomes,
      connection.then((open) => ask(open, 'one')),
    );
    ends.hub.crash();
    ends.link.breakDead();
    await ends.timeline.runUntil(200);
    assert.match(outcomes[0] ?? '', /failed: .*other end is gone/);
    assert.deepEqual(ends.arrived, []);
  });
});
