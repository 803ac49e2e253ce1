import { rowsConformance } from '../../ports/rows-conformance.ts';
import { MemoryRowsDisk, openMemoryRows } from './memory-rows.ts';

rowsConformance('memory', async () => {
  const disk = new MemoryRowsDisk();
  return {
    open: async (bounds) => openMemoryRows({ ...bounds, disk }),
    [Symbol.asyncDispose]: async () => undefined,
  };
});
