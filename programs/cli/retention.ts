import { type Command, Option } from 'commander';
import { defaultRetention, type Retention } from '../../kernel/registry/compaction.ts';
import { wholeNumber } from './options.ts';

const dayMs = 24 * 3_600_000;
const mebibyte = 1024 ** 2;

/** Adds the options that say how much of the past a server keeps. */
export function addRetentionOptions(command: Command): Command {
  const { historyAgeMaxMs, historyPerObjectMax, storeBytesMax } = defaultRetention;
  const option = (flags: string, description: string, value: number, max: number) =>
    command.addOption(new Option(flags, description).argParser(wholeNumber(1, max)).default(value));
  option('--history-days <days>', 'how long changes stay in the history of an object', historyAgeMaxMs / dayMs, 3_650);
  option('--history-per-object <number>', 'most changes in the history of an object', historyPerObjectMax, 10_000);
  const budget = 'size of the store beyond which the oldest history goes; what is current always stays';
  return option('--store-budget <MiB>', budget, storeBytesMax / mebibyte, 1024 ** 2);
}

/** What these options said. */
export function readRetention(options: Readonly<Record<string, unknown>>): Retention {
  return {
    historyAgeMaxMs: Number(options['historyDays']) * dayMs,
    historyPerObjectMax: Number(options['historyPerObject']),
    storeBytesMax: Number(options['storeBudget']) * mebibyte,
  };
}
