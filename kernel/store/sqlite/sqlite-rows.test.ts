import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { systemRandom } from '../../base/system-random.ts';
import { rowsConformance } from '../../ports/rows-conformance.ts';
import { openSqliteRows } from './sqlite-rows.ts';
import { SqliteThread } from './thread.ts';

const thread = new SqliteThread(silentLogger);
after(() => thread.stop());
const signal = new AbortController().signal;
const shared = { random: systemRandom, logger: silentLogger, pid: process.pid, thread, signal };

rowsConformance('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'planform-rows-'));
  return {
    open: (bounds) => openSqliteRows({ ...shared, ...bounds, path: join(folder, 'journal.db') }),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
});
