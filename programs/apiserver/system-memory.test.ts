import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programPieces } from './system-memory.ts';

/** One mapping as proc(5) shows it. */
function mapping(line: string, anonymousKib: number): string {
  return `${line}
Size:              47552 kB
Rss:               26148 kB
Anonymous:         ${String(anonymousKib).padStart(5)} kB
VmFlags: rd ex mr mw me
`;
}

const program = mapping('0082e000-03489000 r-xp 0042e000 fe:00 247278                             /opt/bin/node', 0);
const texts = mapping('03489000-072a7000 r--p 03089000 fe:00 247278                             /opt/bin/node', 0);

test('programPieces are what is run and read of program files', () => {
  const smaps = `${program}${texts}`;
  assert.deepEqual(programPieces(smaps), [
    { start: 0x82e000n, end: 0x3489000n },
    { start: 0x3489000n, end: 0x72a7000n },
  ]);
});

test('programPieces has nothing that differs from the file, can be written, is shared, small, or of no file', () => {
  const others = [
    // What the loader wrote addresses into and then closed (RELRO).
    mapping('072a7000-07a72000 r--p 06ea7000 fe:00 247278                             /opt/bin/node', 24),
    mapping('07a73000-08a73000 rw-p 06ea7000 fe:00 247278                             /opt/bin/node', 0),
    mapping('7f0000000000-7f0001000000 r--s 00000000 fe:00 247279                     /srv/store.db-shm', 0),
    mapping('7f0001000000-7f0001001000 r--p 00000000 fe:00 247280                     /lib/libdl.so.2', 0),
    mapping('7f0002000000-7f0003000000 r-xp 00000000 00:00 0 ', 0),
    mapping('7ffc00000000-7ffc00400000 r-xp 00000000 00:00 0                          [vdso]', 0),
  ];
  assert.deepEqual(programPieces(others.join('')), []);
  assert.equal(programPieces(`${others.join('')}${texts}`).length, 1);
});
