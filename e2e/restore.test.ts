import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually, kubectlPath, World } from './world.ts';

const kubectl = kubectlPath(36);

interface ConfigMap {
  readonly data: { readonly greeting: string };
}

interface Memberships {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly spec: { readonly acceptedEpoch: string };
    readonly status: { readonly hubEpoch: string; readonly conditions: readonly Record<string, string>[] };
  }[];
}

/** An application of one ConfigMap, on every site. */
function application(name: string, greeting: string): string {
  const metadata = { name, namespace: 'default' };
  const manifests = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { greeting } }];
  const components = [{ name: 'only', type: 'manifests', manifests }];
  const spec = { placementRef: { name: 'everywhere' }, components };
  return JSON.stringify({ apiVersion: 'application.planform.dev/v1alpha1', kind: 'Application', metadata, spec });
}

const placement = JSON.stringify({
  apiVersion: 'management.planform.dev/v1alpha1',
  kind: 'Placement',
  metadata: { name: 'everywhere', namespace: 'default' },
  spec: { siteSelector: { matchLabels: { tier: 'edge' } } },
});

async function apply(world: World, manifest: string): Promise<void> {
  const { code, stderr } = await world.apply('hub', manifest);
  assert.equal(code, 0, stderr);
}

async function greetingAtSite(world: World, name: string, wanted: string): Promise<void> {
  await eventually(`${name} says ${wanted} at the site`, 30_000, async () => {
    const { data } = await world.json<ConfigMap>('site-1', 'get', 'configmap', name);
    return data.greeting === wanted ? true : undefined;
  });
}

function heldReason(memberships: Memberships): string | undefined {
  const held = memberships.items[0]?.status.conditions.find(({ type }) => type === 'HeldForConfirmation');
  return held?.['status'] === 'True' ? held['reason'] : undefined;
}

test('a hub that was restored is not followed until a person says so, and nothing is deleted', async (t) => {
  if (kubectl === undefined) return t.skip('no kubectl: run tools/e2e-setup.sh');
  await using world = new World(kubectl);
  await world.up('--sites', '1');
  await apply(world, placement);
  await apply(world, application('first', 'as of the backup'));
  await greetingAtSite(world, 'first', 'as of the backup');

  // Online, through the API.
  const archive = join(world.folder, 'hub.tar');
  const backup = await world.planform(
    'backup',
    '--to',
    archive,
    '--data',
    join(world.data, 'hub'),
    '--include-encryption-key',
  );
  assert.equal(backup.code, 0, backup.stderr);
  await apply(world, application('first', 'changed after the backup'));
  await apply(world, application('second', 'made after the backup'));
  await greetingAtSite(world, 'first', 'changed after the backup');
  await greetingAtSite(world, 'second', 'made after the backup');
  const list = JSON.parse(await world.kubectl('hub', 'get', '--raw', '/api/v1/configmaps')) as {
    readonly metadata: { readonly resourceVersion: string };
  };

  await world.down();
  renameSync(join(world.data, 'hub'), join(world.folder, 'burnt-hub'));
  const restore = await world.planform('restore', '--from', archive, '--data', join(world.data, 'hub'));
  assert.equal(restore.code, 0, restore.stderr);
  await world.up();
  const held = await eventually('the site holds', 30_000, async () => {
    const memberships = await world.json<Memberships>('site-1', 'get', 'hubmemberships');
    return heldReason(memberships) === 'UnknownHubEpoch' ? memberships.items[0] : undefined;
  });
  assert.ok(restore.stderr.includes(held.status.hubEpoch), 'The epoch the restore told is the one the site met');
  assert.notEqual(held.spec.acceptedEpoch, held.status.hubEpoch);
  await eventually('the hub says that the site holds', 30_000, async () => {
    const site = await world.kubectl('hub', 'get', 'site', 'site-1', '-o', 'jsonpath={.status.conditions}');
    return site.includes('UnknownHubEpoch') ? true : undefined;
  });
  for (const [name, greeting] of [
    ['first', 'changed after the backup'],
    ['second', 'made after the backup'],
  ] as const) {
    const { data } = await world.json<ConfigMap>('site-1', 'get', 'configmap', name);
    assert.equal(data.greeting, greeting, 'Held: the site keeps what it has');
  }

  // A client that remembers a revision from before is told to begin again; never is another state shown under it.
  const { resourceVersion } = list.metadata;
  const old = `/api/v1/configmaps?resourceVersion=${resourceVersion}`;
  const watched = await world.kubectl('hub', 'get', '--raw', `${old}&watch=1&timeoutSeconds=2`);
  assert.match(watched, /"type":"ERROR".*"reason":"Expired"/);
  const listed = await world.tryKubectl('hub', 'get', '--raw', `${old}&resourceVersionMatch=Exact`);
  assert.match(listed.stderr, /The resourceVersion for the provided list is too old/);

  const accepted = JSON.stringify({ spec: { acceptedEpoch: held.status.hubEpoch } });
  await world.kubectl('site-1', 'patch', 'hubmembership', held.metadata.name, '--type', 'merge', '-p', accepted);
  await greetingAtSite(world, 'first', 'as of the backup');
  await greetingAtSite(world, 'second', 'made after the backup');
});
