import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Kubectl } from '../kubectl.ts';
import { configMap, deployment, type Facts, type Scenario } from './scenario.ts';

/** Applying manifests. */
export const applyingScenarios: readonly Scenario[] = [
  { name: 'applies on the client side', run: clientSideApply },
  { name: 'applies on the server side and meets conflicts', run: serverSideApply },
  { name: 'shows differences', run: differences },
  { name: 'applies folders with kustomizations', run: kustomizations },
];

async function clientSideApply(k: Kubectl, { minor }: Facts): Promise<void> {
  assert.equal(await k.ok('apply -f -', configMap('c', { x: '1', y: '1' })), 'configmap/c created\n');
  assert.equal(await k.ok('apply -f -', configMap('c', { x: '1', y: '1' })), 'configmap/c unchanged\n');
  await k.ok(['patch', 'cm', 'c', '--type=merge', '-p', '{"data":{"other":"kept"}}']);
  assert.equal(await k.ok('apply -f -', configMap('c', { x: '2' })), 'configmap/c configured\n');
  assert.equal(await k.field('cm c', '.data'), '{"other":"kept","x":"2"}');
  assert.equal(await k.ok('apply -f -', deployment('web', { replicas: 2 })), 'deployment.apps/web created\n');
  assert.equal(await k.ok('apply -f -', deployment('web', { replicas: 2 })), 'deployment.apps/web unchanged\n');
  assert.equal(await k.ok('apply -f -', deployment('web', { replicas: 3 })), 'deployment.apps/web configured\n');
  assert.equal(await k.field('deploy web', '.metadata.generation'), '2');
  assert.match(await k.ok('apply view-last-applied deploy/web'), /replicas: 3/);
  const labels = { labels: { set: 'one' } };
  const items = [configMap('c', { x: '2' }, labels), configMap('d', {}, labels)].map(
    (text) => JSON.parse(text) as object,
  );
  const both = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  assert.equal(await k.ok('apply -f -', both), 'configmap/c configured\nconfigmap/d created\n');
  const pruned = await k.ok(
    `apply --prune -l set=one --prune-${minor < 26 ? 'whitelist' : 'allowlist'}=core/v1/ConfigMap -f -`,
    configMap('c', { x: '2' }, { labels: { set: 'one' } }),
  );
  assert.equal(pruned, 'configmap/c unchanged\nconfigmap/d pruned\n');
}

async function serverSideApply(k: Kubectl, { minor }: Facts): Promise<void> {
  const apply = 'apply --server-side -f -';
  assert.equal(await k.ok(apply, deployment('web', { replicas: 2 })), 'deployment.apps/web serverside-applied\n');
  const revision = await k.field('deploy web', '.metadata.resourceVersion');
  assert.equal(await k.ok(apply, deployment('web', { replicas: 2 })), 'deployment.apps/web serverside-applied\n');
  assert.equal(await k.field('deploy web', '.metadata.resourceVersion'), revision, 'The same again changes nothing');
  assert.equal(await k.field('deploy web', '.metadata.managedFields[*].manager'), 'kubectl');
  assert.equal(
    withoutLink(await k.refused(`${apply} --field-manager=other`, deployment('web', { replicas: 5 }))),
    [
      'error: Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas',
      'Please review the fields above--they currently have other managers. Here',
      'are the ways you can resolve this warning:',
      '* If you intend to manage all of these fields, please re-run the apply',
      '  command with the `--force-conflicts` flag.',
      '* If you do not intend to manage all of the fields, please edit your',
      '  manifest to remove references to the fields that should keep their',
      '  current managers.',
      '* You may co-own fields by updating your manifest to match the existing',
      "  value; in this case, you'll become the manager if the other manager(s)",
      '  stop managing the field (remove it from their configuration).',
    ].join('\n'),
  );
  assert.equal(
    await k.ok(`${apply} --field-manager=other --force-conflicts`, deployment('web', { replicas: 5 })),
    'deployment.apps/web serverside-applied\n',
  );
  assert.equal(await k.field('deploy web', '.spec.replicas'), '5');
  // A list with keys: each side owns its own container.
  const sidecar = JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: { spec: { containers: [{ name: 'sidecar', image: 'envoy:1' }] } } },
  });
  // Before 1.25 validation is on the client's side and asks for the selector.
  await k.ok(`${apply} --field-manager=mesh${minor < 25 ? ' --validate=false' : ''}`, sidecar);
  assert.equal(await k.field('deploy web', '.spec.template.spec.containers[*].name'), 'main sidecar');
  // What client-side apply owned is taken over without conflict; since 1.26 also what is to be removed.
  await k.ok('apply -f -', configMap('c', { x: '1', y: '1' }));
  assert.equal(await k.ok(apply, configMap('c', { x: '2' })), 'configmap/c serverside-applied\n');
  assert.equal(await k.field('cm c', '.data'), minor < 26 ? '{"x":"2","y":"1"}' : '{"x":"2"}');
}

/** The last line, where to read on, moved. */
function withoutLink(text: string): string {
  return text.replace(/\nSee http.*$/, '');
}

async function differences(k: Kubectl): Promise<void> {
  await k.ok('apply -f -', configMap('c', { x: '1' }));
  assert.deepEqual(await k.run('diff -f -', configMap('c', { x: '1' })), { code: 0, stdout: '', stderr: '' });
  for (const flags of ['', ' --server-side']) {
    const { code, stdout, stderr } = await k.run(`diff -f -${flags}`, configMap('c', { x: '2' }));
    assert.equal(code, 1, stderr);
    assert.match(stdout, /\n-  x: "1"\n\+  x: "2"\n/);
  }
  const { code, stdout } = await k.run('diff -f -', configMap('new', { x: '2' }));
  assert.equal(code, 1);
  assert.match(stdout, /\n\+ {2}name: new\n/);
  assert.equal(await k.field('cm c', '.data.x'), '1', 'A diff changes nothing');
}

async function kustomizations(k: Kubectl, { hub, minor }: Facts): Promise<void> {
  const folder = join(hub.folder, `kustomize-${minor}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'web.json'), deployment('web', { replicas: 2 }));
  const kustomization = 'namePrefix: my-\nresources: [web.json]\nimages: [{ name: nginx, newTag: "2" }]\n';
  const generator = 'configMapGenerator: [{ name: settings, literals: [color=blue] }]\n';
  writeFileSync(join(folder, 'kustomization.yaml'), kustomization + generator);
  const applied = await k.ok(`apply -k ${folder}`);
  assert.match(applied, /^configmap\/my-settings-[a-z0-9]{10} created\ndeployment\.apps\/my-web created\n$/);
  assert.equal(await k.field('deploy my-web', '.spec.template.spec.containers[0].image'), 'nginx:2');
  assert.match(
    await k.ok(`apply -k ${folder}`),
    /^configmap\/my-settings-\S+ unchanged\ndeployment\.apps\/my-web unchanged\n$/,
  );
  assert.match(await k.ok(`delete -k ${folder}`), /deployment\.apps "my-web" deleted/);
}
