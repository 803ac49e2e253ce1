import assert from 'node:assert/strict';
import { test } from 'node:test';
import { delimiter, join } from 'node:path';
import { command, root } from '../world.ts';
import { kernelSuite, kubectl } from './kernel-suite.ts';
import type { Kubectl } from './kubectl.ts';

/** A ConfigMap as a manifest. */
function configMap(name: string, data: Readonly<Record<string, string>>, metadata: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

kernelSuite('the past of objects, with kubectl and planform', (server) => {
  /** Runs the command against the server. */
  async function planform(words: readonly string[], input = '') {
    return command(join(root, 'planform'), [...words, '--kubeconfig', server.hub.kubeconfig], {
      input,
      timeoutMs: 60_000,
    });
  }

  async function done(where: Kubectl, line: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await planform([...line.split(' '), '-n', where.namespace], input);
    assert.equal(code, 0, `planform ${line}: ${stderr}${stdout}`);
    return stdout;
  }

  /** The revision of the whole server now. */
  async function now(): Promise<string> {
    const { metadata } = JSON.parse(await server.k.ok('get --raw /api/v1/namespaces?limit=1')) as {
      metadata: { resourceVersion: string };
    };
    return metadata.resourceVersion;
  }

  test('apply --atomic writes everything in one commit, or nothing and says why', async () => {
    const q = await server.k.inNew('atomic');
    const manifests = [configMap('a', { v: '1' }), configMap('b', { v: '1' })];
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
    assert.equal(await done(q, 'apply --atomic -f -', list), 'configmap/a created\nconfigmap/b created\n');
    assert.equal(await done(q, 'apply --atomic -f -', list), 'configmap/a unchanged\nconfigmap/b unchanged\n');
    const [a, b] = [
      await q.field('cm a', '.metadata.resourceVersion'),
      await q.field('cm b', '.metadata.resourceVersion'),
    ];
    assert.equal(Number(b) - Number(a), 1, 'consecutive revisions');
    const bad = [configMap('c', { v: '1' }), configMap('a', { 'no/key': '1' })].map((one) => JSON.stringify(one));
    const words = ['apply', '--atomic', '-f', '-', '-n', 'atomic'];
    const { code, stderr } = await planform(words, bad.join('\n---\n'));
    assert.equal(code, 1);
    assert.match(
      stderr,
      /transaction refused at item 1 \(apply configmaps "a" in namespace "atomic"\): ConfigMap "a" is invalid/,
    );
    assert.equal(await q.ok('get cm -o name'), 'configmap/a\nconfigmap/b\nconfigmap/kube-root-ca.crt\n');
    const many = Array.from({ length: 101 }, (_, index) => JSON.stringify(configMap(`m${index}`, {})));
    const tooMany = await planform(words, many.join('\n---\n'));
    assert.match(tooMany.stderr, /Cannot write 101 objects in one transaction: limit is 100/);
  });

  test('kubectl creates a Transaction, and its dry run writes nothing', async () => {
    const q = await server.k.inNew('plain');
    const object = configMap('a', { v: '1' }, { namespace: 'plain' });
    const transaction = {
      apiVersion: 'kernel.planform.dev/v1alpha1',
      kind: 'Transaction',
      spec: { items: [{ operation: 'Create', object }] },
    };
    await q.ok('create -f - --dry-run=server -o name', JSON.stringify(transaction));
    await q.refused('get cm a');
    const made = await q.ok('create -f - -o jsonpath={.status.items[*].result}', JSON.stringify(transaction));
    assert.equal(made, 'created');
    assert.match(await q.ok('explain transaction.spec.items.operation'), /Restore/);
  });

  test('history, diff and rollback tell and undo what kubectl did', async () => {
    const q = await server.k.inNew('undo');
    await q.ok('create secret generic s --from-literal=password=hunter2');
    await q.ok('create configmap a --from-literal=v=1');
    const first = await q.field('cm a', '.metadata.resourceVersion');
    await q.ok(['annotate', 'cm', 'a', 'kubernetes.io/change-cause=CHG-1 faster']);
    await q.ok(['patch', 'cm', 'a', '-p', '{"data":{"v":"2"},"metadata":{"labels":{"x":"y"}}}']);
    await q.ok(['patch', 'secret', 's', '-p', '{"stringData":{"password":"swordfish"}}']);
    const lines = (await done(q, 'history cm/a')).split('\n').map((line) => line.split(/ {2,}/).slice(2).join(' | '));
    assert.deepEqual(lines.slice(0, 4), [
      'ACTOR | MANAGER/REASON | CHANGED',
      'admin | kubectl-patch | metadata.labels.x, data.v',
      'admin | CHG-1 faster | metadata.annotations[kubernetes.io/change-cause]',
      'admin | kubectl-create | created',
    ]);
    const { code, stdout } = await planform(['diff', 'cm/a', '-n', 'undo', '--from', first]);
    assert.equal(code, 3);
    assert.match(stdout, /^~ data\.v: "1" → "2"$/m);
    const last = await planform(['diff', 'cm/a', '-n', 'undo']);
    assert.equal(last.code, 3, last.stderr);
    assert.deepEqual(last.stdout.trimEnd().split('\n').slice(1).sort(), [
      '+ metadata.labels.x: "y"',
      '~ data.v: "1" → "2"',
    ]);
    const secret = JSON.parse(await done(q, 'history secret/s -o json')) as { entries: { revision: number }[] };
    const from = String(secret.entries.at(-1)?.revision);
    const hidden = await planform(['diff', 'secret/s', '-n', 'undo', '--from', from]);
    assert.match(hidden.stdout, /^~ data\.password: changed \(not shown\)$/m);
    assert.doesNotMatch(hidden.stdout, /aHVudGVyMg|c3dvcmRmaXNo/);
    assert.equal(
      await done(q, `rollback cm/a --to ${first} --reason CHG-2`),
      `configmap/a rolled back to revision ${first}\n`,
    );
    assert.equal(await q.field('cm a', '.data.v'), '1');
    assert.equal(await q.field('cm a', '.metadata.labels'), '');
    const raw = JSON.parse(await q.ok('get --raw /api/v1/namespaces/undo/configmaps/a/history?limit=1')) as {
      entries: { reason: string; actor: string }[];
    };
    assert.deepEqual([raw.entries[0]?.reason, raw.entries[0]?.actor], ['CHG-2', 'admin']);
  });

  test('restore brings an owner back with what depended on it', async () => {
    const q = await server.k.inNew('undelete');
    await q.ok('create -f -', JSON.stringify(configMap('owner', { a: '1' }, { labels: { kept: 'yes' } })));
    const uid = await q.field('cm owner', '.metadata.uid');
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }];
    for (const name of ['child-1', 'child-2']) {
      await q.ok('create -f -', JSON.stringify(configMap(name, { b: name }, { ownerReferences })));
    }
    for (const policy of ['background', 'foreground']) {
      await q.ok(`delete cm owner --cascade=${policy}`);
      await q.ok('wait --for=delete cm/child-1 cm/child-2 --timeout=10s');
      assert.match(
        await done(q, 'restore cm/owner --with-dependents'),
        /complete: 3 restored, 0 left as they are, 0 failed in one commit/,
      );
      const back = await q.field('cm owner', '.metadata.uid');
      assert.notEqual(back, uid);
      assert.equal(await q.field('cm child-1', '.metadata.ownerReferences[0].uid'), back);
      assert.equal(await q.field('cm child-2', '.data.b'), 'child-2');
      assert.equal(await q.field('cm owner', '.metadata.labels.kept'), 'yes');
    }
  });

  test('a namespace is listed and taken back as of a revision or time', async () => {
    const q = await server.k.inNew('whole');
    await q.ok('create configmap a --from-literal=v=1');
    await q.ok('create serviceaccount robot');
    const then = await now();
    await q.ok('delete serviceaccount robot');
    await q.ok(['patch', 'cm', 'a', '-p', '{"data":{"v":"2"}}']);
    await q.ok('create configmap later');
    const names = await done(q, `get all --as-of ${then} -o name`);
    assert.deepEqual(
      names.split('\n').filter((name) => !/kube-root-ca|default/.test(name) && name !== ''),
      ['configmap/a', 'serviceaccount/robot'],
    );
    const one = JSON.parse(await done(q, `get cm/a --as-of ${then} -o json`)) as { kind: string; data: object };
    assert.deepEqual([one.kind, one.data], ['ConfigMap', { v: '1' }], 'as kubectl: no list around one object');
    assert.match(await done(q, `get cm -A --as-of ${then}`), /^NAMESPACE +NAME +DATA +AGE\n(.*\n)*whole +a +1 /);
    const raw = JSON.parse(
      await q.ok(
        `get --raw /api/v1/namespaces/whole/serviceaccounts?resourceVersion=${then}&resourceVersionMatch=Exact`,
      ),
    ) as { items: { metadata: { name: string } }[] };
    assert.ok(raw.items.some(({ metadata }) => metadata.name === 'robot'));
    assert.match(await done(q, `get cm --as-of ${new Date().toISOString()}`), /later/);
    await done(q, `rollback all --to ${then}`);
    assert.equal(await q.field('cm a', '.data.v'), '1');
    await q.ok('get serviceaccount robot');
    await q.ok('get cm later');
    const plan = await done(q, `restore all --to ${then} --prune --dry-run`);
    assert.match(plan, /^remove configmaps\/later\nrestoration\/\S+ complete: 0 would be restored, 1 removed, /m);
    await q.ok('get cm later');
    const pruned = await done(q, `restore all --to ${then} --prune --reason CHG-3`);
    assert.match(
      pruned,
      /^configmaps\/later deleted\nrestoration\/\S+ complete: 0 restored, 1 removed, .* in one commit$/m,
    );
    assert.match(await q.refused('get cm later'), /not found/);
    await done(q, 'restore cm/later');
    // As of now everything is as it is.
    const still = await done(q, `rollback all --to ${new Date().toISOString()} --prune --dry-run`);
    assert.match(still, /^restoration\/\S+ complete: 0 would be restored, 0 removed, /);
  });

  test('what cannot be done is refused in words that help', async () => {
    const q = await server.k.inNew('wrong');
    await q.ok('create configmap a');
    const cases: readonly [string, RegExp][] = [
      ['history foo/bar', /The server has no resource "foo"/],
      ['history lease/a', /The server keeps no history of leases/],
      ['history cm/none', /configmaps "none" not found/],
      ['rollback cm/a --to 1', /configmap\/a has no state at revision 1: it was created at \d+/],
      ['rollback cm/a', /configmap\/a has no earlier state to go back to/],
      ['restore cm/a', /configmap\/a exists/],
      ['get cm --as-of 2001-01-01T00:00:00Z', /Nothing is known of 2001-01-01/],
      ['get cm --as-of 2101-01-01T00:00:00Z', /Nothing is known of 2101-01-01.*still to come/],
      ['get cm/none --as-of ' + new Date().toISOString(), /configmaps "none" was not there in namespace "wrong"/],
      [
        'rollback cm/a --to 99999999',
        /no state at revision 99999999: it is still to come, the newest is \d+\n.* -n wrong/,
      ],
      ['diff cm/a --from 99999999', /no state at revision 99999999: it is still to come/],
      ['history confgmap/a', /did you mean configmap\?/],
    ];
    for (const [line, text] of cases) {
      const { code, stderr } = await planform([...line.split(' '), '-n', q.namespace]);
      assert.equal(code, 1, line);
      assert.match(stderr, text, line);
    }
    assert.match((await planform(['status'])).stderr, /has no sites: it is no hub\n/);
  });

  test('a command goes to the context and its namespace that kubectl would go to', async () => {
    const q = await server.k.inNew('shop');
    await q.ok('create configmap here');
    const contexts = join(server.hub.folder, 'contexts');
    const ofKubectl = (...words: readonly string[]) =>
      command(kubectl ?? '', ['--kubeconfig', contexts, 'config', ...words]);
    const place = ['--cluster=kernel', '--user=kernel'];
    await ofKubectl('set-context', 'shop', ...place, '--namespace=shop');
    await ofKubectl('set-context', 'plain', ...place);
    await ofKubectl('use-context', 'plain');
    // Kubernetes: the current context of the first file that has one; clusters and users of all files.
    const files = `KUBECONFIG=${[contexts, server.hub.kubeconfig].join(delimiter)}`;
    const shown = async (...words: readonly string[]) => {
      const asked = ['get', 'configmaps', '-o', 'name', ...words];
      const [ours, theirs] = await Promise.all([
        command('env', [files, join(root, 'planform'), ...asked, '--as-of', await now()]),
        command('env', [files, kubectl ?? '', ...asked]),
      ]);
      assert.equal(ours.code, theirs.code, ours.stderr);
      assert.equal(ours.stdout, theirs.stdout);
      return `${ours.stdout}${ours.stderr}`;
    };
    assert.doesNotMatch(await shown(), /here/);
    assert.match(await shown('--context', 'shop'), /configmap\/here\n/);
    assert.match(await shown('-n', 'shop'), /configmap\/here\n/);
    assert.doesNotMatch(await shown('--context', 'shop', '-n', 'default'), /here/);
    assert.match(await shown('--context', 'gone'), /has no context "gone"\n {2}it has "plain", "shop", "kernel"\n/);
  });
});
