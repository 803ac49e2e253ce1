import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../base/logger.ts';
import { kubectlPath, type KubectlWorld, openKubectlWorld } from './testing/kubectl-world.ts';

const gearManifest = (teeth: number) =>
  JSON.stringify({ apiVersion: 'test.planform.dev/v1', kind: 'Gear', metadata: { name: 'g' }, spec: { teeth } });

/** Runs kubectl and fails with what it said unless it ends well. */
async function ok(world: KubectlWorld, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await world.kubectl(args, input);
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Runs kubectl and gives what it said when it failed, as it must. */
async function refused(world: KubectlWorld, args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await world.kubectl(args, input);
  assert.notEqual(code, 0, `kubectl ${args.join(' ')}: ${stdout}`);
  return stderr;
}

for (const minor of [31, 36]) {
  const path = kubectlPath(minor);
  const isMissing = path === undefined;
  if (isMissing && process.env['CI'] !== undefined)
    throw new Error(`kubectl 1.${minor} is missing: run tools/e2e-setup.sh`);
  const skip = isMissing ? `kubectl 1.${minor} is not on this machine: run tools/e2e-setup.sh` : false;

  test(`kubectl 1.${minor} works without flags`, { skip }, async () => {
    await using world = await openKubectlWorld(path ?? '', silentLogger);
    assert.match(await ok(world, ['version']), /Server Version: v1\.36\.0\+planform/);
    assert.match(await ok(world, ['api-resources']), /gears +gr +test\.planform\.dev\/v1 +true +Gear/);
    await ok(world, ['create', 'namespace', 'default']);

    // Built-in kinds: protobuf bodies, strategic merge, table output.
    await ok(world, ['create', 'configmap', 'c', '--from-literal=x=1']);
    await ok(world, ['patch', 'configmap', 'c', '-p', '{"data":{"y":"2"}}']);
    assert.equal(await ok(world, ['get', 'cm', 'c', '-o', 'jsonpath={.data}']), '{"x":"1","y":"2"}');
    assert.match(await ok(world, ['get', 'cm']), /^NAME +DATA +AGE\nc +2 +\d+s\n$/);
    assert.match(await refused(world, ['create', 'configmap', 'c']), /configmaps "c" already exists/);
    assert.match(await refused(world, ['get', 'cm', 'none']), /\(NotFound\): configmaps "none" not found/);

    // Custom kinds: apply in both forms, diff, explain, scale.
    assert.match(await ok(world, ['apply', '-f', '-'], gearManifest(1)), /created/);
    assert.match(await ok(world, ['apply', '-f', '-'], gearManifest(1)), /unchanged/);
    assert.match(await ok(world, ['apply', '-f', '-'], gearManifest(2)), /configured/);
    assert.match(await ok(world, ['apply', '--server-side', '-f', '-'], gearManifest(2)), /serverside-applied/);
    const diff = await world.kubectl(['diff', '-f', '-'], gearManifest(3));
    assert.match(diff.stdout, /-\s+teeth: 2\n\+\s+teeth: 3/);
    assert.match(await ok(world, ['explain', 'gear.spec.teeth']), /How many teeth/);
    assert.match(await refused(world, ['apply', '-f', '-'], gearManifest(0)), /spec\.teeth: Invalid value: 0/);
    await ok(world, ['scale', 'gear', 'g', '--replicas=4']);
    await ok(world, ['label', 'gear', 'g', 'tier=edge']);
    assert.match(await ok(world, ['get', 'all', '-l', 'tier=edge']), /NAME +TEETH +AGE\ng +2 /);
    assert.equal(await ok(world, ['get', 'gear', 'g', '-o', 'jsonpath={.spec.replicas}']), '4');

    // Unknown fields: refused by default, warned about when asked.
    const odd = join(world.folder, 'odd.yaml');
    writeFileSync(odd, 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: odd}\nodd: 1\n');
    assert.match(await refused(world, ['create', '-f', odd]), /strict decoding error: unknown field "odd"/);
    assert.match(
      (await world.kubectl(['create', '-f', odd, '--validate=warn'])).stderr,
      /Warning: unknown field "odd"/,
    );

    // Waiting and watching.
    await ok(world, ['wait', 'gear', 'g', '--for=jsonpath={.spec.teeth}=2', '--timeout=10s']);
    const watched = ok(world, ['get', 'cm', '--watch-only', '-o', 'name', '--request-timeout=2']);
    await ok(world, ['delete', 'gear', 'g']);
    await ok(world, ['delete', 'cm', '--all']);
    await ok(world, ['create', 'configmap', 'late']);
    assert.match(await watched, /configmap\/late/);
    assert.match(await ok(world, ['get', '--raw', '/readyz?verbose']), /readyz check passed/);
  });
}
