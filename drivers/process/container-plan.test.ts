import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerSpec } from '../api/runtime.ts';
import { planContainer } from './container-plan.ts';

const spec: ContainerSpec = {
  id: 'uid.web.0',
  podUid: 'uid',
  podName: 'default/web',
  containerName: 'web',
  attempt: 0,
  command: ['server', '--config=$(PLANFORM_ROOT)/etc/web'],
  env: { CONFIG: '$(PLANFORM_ROOT)/etc/web' },
  mounts: [],
  memoryBytesMax: 1 << 30,
};
const host = {
  layout: { containers: '/data/containers', exits: '/data/exits', logs: '/data/logs' },
  nodeBinaryPath: '/opt/node/bin/node',
  bootId: 'boot',
  nowMs: 1000,
};

test('planContainer() with real mounts expands PLANFORM_ROOT to nothing', () => {
  const fingerprint = {
    view: { mounts: true, userNamespace: false },
    controlGroups: { version: 2, memory: '/groups', cpu: '/groups' },
  } as const;
  const { record, env, root } = planContainer(spec, { ...host, fingerprint });
  assert.deepEqual([root, env['CONFIG'], env['PLANFORM_ROOT'], record.workingDir], ['', '/etc/web', '', '/']);
  assert.deepEqual(record.command, ['server', '--config=/etc/web']);
  assert.deepEqual(
    [record.pathsRelocated, record.limitsIgnored, record.controlGroups],
    [false, false, ['/groups/planform-uid.web.0']],
  );
  assert.match(env['PATH'] ?? '', /^\/opt\/node\/bin:.*:\/usr\/bin/);
});

test('planContainer() without mounts and groups relocates paths and ignores limits, and says so', () => {
  const fingerprint = { view: { mounts: false, userNamespace: false }, controlGroups: undefined };
  const { record, env, root } = planContainer(
    { ...spec, env: { ...spec.env, PATH: '/mine' } },
    { ...host, fingerprint },
  );
  assert.equal(root, '/data/containers/uid.web.0/root');
  assert.deepEqual([env['CONFIG'], env['PATH'], record.workingDir], [`${root}/etc/web`, '/opt/node/bin:/mine', root]);
  assert.deepEqual([record.pathsRelocated, record.limitsIgnored, record.controlGroups], [true, true, []]);
});
