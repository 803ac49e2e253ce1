import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHosts } from './control-groups.ts';

test('findHosts() finds hierarchies of either version below the own group', () => {
  const cases = [
    {
      name: 'version 2 alone, at its top: groups inside a service may not hold both processes and groups',
      mountInfo: '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate',
      ownGroups: '0::/system.slice/planform.service',
      want: [{ version: 2, memory: '/sys/fs/cgroup', cpu: '/sys/fs/cgroup' }],
    },
    {
      name: 'hybrid: the controllers are in version 1',
      mountInfo: [
        '31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct',
        '32 30 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
        '33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
      ].join('\n'),
      ownGroups: '5:memory:/box/1\n4:cpu,cpuacct:/\n0::/',
      want: [
        { version: 1, memory: '/sys/fs/cgroup/memory/box/1', cpu: '/sys/fs/cgroup/cpu,cpuacct' },
        { version: 2, memory: '/sys/fs/cgroup/unified', cpu: '/sys/fs/cgroup/unified' },
      ],
    },
    {
      name: 'inside a container that sees only its own part of a hierarchy',
      mountInfo:
        '31 30 0:27 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n32 30 0:28 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
      ownGroups: '5:memory:/docker/abc\n4:cpu:/docker/abc/inner',
      want: [{ version: 1, memory: '/sys/fs/cgroup/memory', cpu: '/sys/fs/cgroup/cpu/inner' }],
    },
    { name: 'none', mountInfo: '1 0 8:1 / / rw - ext4 /dev/sda1 rw', ownGroups: '0::/', want: [] },
  ];
  for (const { name, mountInfo, ownGroups, want } of cases)
    assert.deepEqual(findHosts(mountInfo, ownGroups), want, name);
});
