import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kubectlPath } from '../world.ts';
import { bareKernelPath, Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';

const path = kubectlPath(36);
const skip = path === undefined ? 'kubectl 1.36 is not on this machine: run tools/e2e-setup.sh' : false;

test('kubectl works with kinds of Planform as with any others', { skip }, async () => {
  await using hub = await Hub.start({ program: bareKernelPath });
  await ownKinds(new Kubectl(path ?? '', hub));
});

async function ownKinds(k: Kubectl): Promise<void> {
  const application = (spec: object) =>
    JSON.stringify({
      apiVersion: 'application.planform.dev/v1alpha1',
      kind: 'Application',
      metadata: { name: 'hello' },
      spec: { components: [{ name: 'web', type: 'manifests', manifests: [] }], placementRef: { name: 'all' }, ...spec },
    });
  assert.equal(await k.ok('apply -f -', application({})), 'application.application.planform.dev/hello created\n');
  assert.equal(await k.ok('apply -f -', application({})), 'application.application.planform.dev/hello unchanged\n');
  assert.equal(await k.ok('get app -o name'), 'application.application.planform.dev/hello\n');
  assert.match(await k.table('get applications'), /^NAME SITES CURRENT HEALTHY RENDERED AGE\nhello /);
  const placement = ['patch', 'app', 'hello', '--type=merge', '-p', '{"spec":{"placementRef":{"name":"edge"}}}'];
  assert.equal(await k.ok(placement), 'application.application.planform.dev/hello patched\n');
  assert.equal(await k.field('app hello', '.spec.placementRef.name'), 'edge');
  assert.match(
    await k.refused(['patch', 'app', 'hello', '-p', '{"spec":{}}']),
    /the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/apply-patch\+yaml$/,
  );
  assert.match(
    await k.refused('apply --validate=strict -f -', application({ placement: 'all' })),
    /^The request is invalid: patch: Invalid value: .*strict decoding error: unknown field "spec\.placement"$/s,
  );
  assert.equal(
    await k.refused('replace -f -', application({ components: [{ name: 'web', type: 'helm' }], placementRef: {} })),
    [
      'The Application "hello" is invalid: ',
      '* spec.components[0].type: Unsupported value: "helm": supported values: "manifests"',
      '* spec.placementRef.name: Required value',
    ].join('\n'),
  );
  const described = await k.ok('explain application');
  assert.match(
    described,
    /^GROUP: +application\.planform\.dev\nKIND: +Application\nVERSION: +v1alpha1\n\nDESCRIPTION:\n +Components that run together at every chosen site\.\n/,
  );
  assert.match(await k.ok('explain application.spec.components'), /^FIELD: components <\[\]Object>$/m);
  assert.match(await k.ok('explain site.status.phase'), /^ENUM:\n +Pending\n +Ready\n/m);
}
