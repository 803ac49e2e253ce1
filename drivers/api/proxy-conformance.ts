import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { ProxyBackend, ProxyConfig, ProxyListener, ProxyStatus, ServiceProxy } from './proxy.ts';
import { proxyConfigDigest } from './proxy-digest.ts';

/** An address and port. */
export interface Place {
  readonly address: string;
  readonly port: number;
}

/** A host for the suite. */
export interface ProxyHarness {
  /** Opens a proxy port on the host; a second call plays an agent that was restarted. */
  open(): Promise<ServiceProxy>;
  /** Lets go of a proxy port; the proxy goes on. */
  release(proxy: ServiceProxy): Promise<void>;
  /** Kills the proxy as `kill -9` does and waits until it is dead. */
  kill(status: ProxyStatus): Promise<void>;
  /** An address and port nobody listens on. */
  freePlace(): Promise<Place>;
  /** Makes somebody else listen there. */
  occupy(place: Place): Promise<void>;
  /** Runs a backend that answers with its name. */
  backend(name: string): Promise<Place>;
  /** Connects. @returns the name of the backend that answered; `undefined` when nobody did. */
  reach(place: Place): Promise<string | undefined>;
  /** Removes the host. */
  dispose(): Promise<void>;
}

/** A listener in front of backends. */
export function listenerAt(place: Place, backends: readonly ProxyBackend[], name = 'default/web:http'): ProxyListener {
  return { name, ...place, backends };
}

/** Registers the suite every proxy, and the fake, is held to. */
export function testProxy(name: string, openHarness: () => Promise<ProxyHarness>): void {
  describe(`ServiceProxy contract: ${name}`, () => {
    let harness: ProxyHarness;
    let proxy: ServiceProxy;
    let place: Place;
    let first: ProxyBackend;
    let second: ProxyBackend;
    const signal = AbortSignal.timeout(60_000); // a test that hangs fails
    const observed = async (): Promise<ProxyStatus> => {
      const status = await proxy.observe(signal);
      assert.ok(status);
      return status;
    };
    const serving = (...backends: readonly ProxyBackend[]): ProxyConfig => ({
      listeners: [listenerAt(place, backends)],
    });

    before(async () => {
      harness = await openHarness();
      proxy = await harness.open();
      place = await harness.freePlace();
      first = { ...(await harness.backend('first')), podUid: 'uid-1' };
      second = { ...(await harness.backend('second')), podUid: 'uid-2' };
    });
    after(async () => {
      await proxy.stop(signal);
      await harness.release(proxy);
      await harness.dispose();
    });

    test('observe() finds nothing before the first apply()', async () => {
      assert.equal(await proxy.observe(signal), undefined);
    });

    test('apply() serves and confirms what is in force', async () => {
      await proxy.apply(serving(first), signal);
      const { configDigest, podUids, failures } = await observed();
      assert.equal(configDigest, proxyConfigDigest(serving(first)));
      assert.deepEqual([podUids, failures], [['uid-1'], []]);
      assert.equal(await harness.reach(place), 'first');
    });

    test('apply() of the same configuration changes nothing', async () => {
      const before = await observed();
      await proxy.apply(serving(first), signal);
      assert.deepEqual(await observed(), before);
    });

    test('apply() of another configuration moves new connections, in the same process', async () => {
      const before = await observed();
      await proxy.apply(serving(second), signal);
      assert.deepEqual([(await observed()).pid, (await observed()).podUids], [before.pid, ['uid-2']]);
      assert.equal(await harness.reach(place), 'second');
    });

    test('a listener without backends answers nobody', async () => {
      await proxy.apply(serving(), signal);
      assert.equal(await harness.reach(place), undefined);
      assert.deepEqual((await observed()).podUids, []);
    });

    test('a listener that is gone answers nobody', async () => {
      await proxy.apply(serving(first), signal);
      await proxy.apply({ listeners: [] }, signal);
      assert.equal(await harness.reach(place), undefined);
    });

    test('a listener whose address is taken fails by name, and the others go on', async () => {
      const taken = await harness.freePlace();
      await harness.occupy(taken);
      await proxy.apply(
        { listeners: [listenerAt(taken, [second], 'default/taken:http'), listenerAt(place, [first])] },
        signal,
      );
      const { failures, podUids } = await observed();
      assert.deepEqual([failures.map((failure) => failure.name), podUids], [['default/taken:http'], ['uid-1']]);
      assert.equal(await harness.reach(place), 'first');
    });

    test('apply() starts a proxy that was killed', async () => {
      await proxy.apply(serving(first), signal);
      const before = await observed();
      await harness.kill(before);
      await proxy.apply(serving(second), signal);
      assert.notEqual((await observed()).pid, before.pid);
      assert.equal(await harness.reach(place), 'second');
    });

    test('a port opened later finds the proxy serving', async () => {
      const before = await observed();
      await harness.release(proxy);
      assert.equal(await harness.reach(place), 'second');
      proxy = await harness.open();
      assert.deepEqual(await observed(), before);
      await proxy.apply(serving(second), signal);
      assert.deepEqual(await observed(), before);
    });

    test('stop() ends the proxy, and apply() starts it again', async () => {
      await proxy.stop(signal);
      assert.equal(await proxy.observe(signal), undefined);
      assert.equal(await harness.reach(place), undefined);
      await proxy.stop(signal);
      await proxy.apply(serving(first), signal);
      assert.equal(await harness.reach(place), 'first');
    });

    test('an aborted call throws the abort reason', async () => {
      const reason = new Error('enough');
      await assert.rejects(proxy.apply(serving(first, second), AbortSignal.abort(reason)), reason);
      await assert.rejects(proxy.observe(AbortSignal.abort(reason)), reason);
    });
  });
}
