import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { systemRandom } from '../../base/system-random.ts';
import { storeConformance } from '../../ports/store-conformance.ts';
import { restoreSqliteStore } from './restore.ts';
import { openSqliteStore } from './sqlite-store.ts';
import { SqliteThread } from './thread.ts';

const thread = new SqliteThread(silentLogger);
after(() => thread.stop());
const signal = new AbortController().signal;
const shared = { random: systemRandom, logger: silentLogger, pid: process.pid, thread, signal };

storeConformance('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'planform-store-'));
  const backupPath = join(folder, 'backup.db');
  return {
    backupPath,
    open: () => openSqliteStore({ ...shared, path: join(folder, 'log.db') }),
    openBackup: () => openSqliteStore({ ...shared, path: backupPath }),
    openRestored: (epoch) => {
      restoreSqliteStore({ path: backupPath, epoch, pid: process.pid });
      return openSqliteStore({ ...shared, path: backupPath });
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});
