import assert from 'node:assert/strict';
import { test } from 'node:test';
import { optionsToKeep } from './mount-options.ts';

const mountInfo = String.raw`23 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
24 23 0:22 / /tmp rw,nosuid,nodev - tmpfs tmpfs rw
25 23 0:23 / /mnt/my\040disk rw,noexec,noatime - xfs /dev/vdb rw
26 24 0:24 / /tmp ro,nosuid - tmpfs tmpfs rw
`;

test('optionsToKeep() takes the options of the mount that is seen at a path', () => {
  const cases = [
    { path: '/srv/data', want: ['relatime'] },
    { path: '/tmp/x', want: ['nosuid'] },
    { path: '/tmpfile', want: ['relatime'] },
    { path: '/mnt/my disk/x', want: ['noexec', 'noatime'] },
  ];
  for (const { path, want } of cases) assert.deepEqual(optionsToKeep(mountInfo, path), want, path);
});
