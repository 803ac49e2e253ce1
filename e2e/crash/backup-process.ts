import { silentLogger } from '../../kernel/base/logger.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { openSqliteStore } from '../../kernel/store/sqlite/sqlite-store.ts';
import { writeArchive } from '../../programs/backup/archive-file.ts';
import { restoreArchive } from '../../programs/backup/restore.ts';
import { backupArchive } from '../../programs/backup/source.ts';

/** Makes a backup or restores one, until it is killed. `argv`: `backup`, data folder, archive; or `restore`, the same. */
const [, , what = '', dataFolder = '', archivePath = ''] = process.argv;
const { signal } = new AbortController();

process.stdout.write('begin\n');
if (what === 'restore') {
  await restoreArchive({ archivePath, dataFolder, clock: systemClock, random: systemRandom });
} else {
  const path = `${dataFolder}/store.db`;
  const store = await openSqliteStore({ path, random: systemRandom, logger: silentLogger, pid: process.pid, signal });
  const source = { dataFolder, store, name: 'test', version: '0', nowMs: 0 };
  await writeArchive(archivePath, backupArchive(source, signal));
  await store.close();
}
process.stdout.write('end\n');
