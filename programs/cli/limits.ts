import { type Command, Option } from 'commander';
import { defaultServerLimits, type ServerLimits } from '../../kernel/server/server-limits.ts';
import { wholeNumber } from './options.ts';

/** Adds the options that say how much clients may take of a server. */
export function addLimitOptions(command: Command): Command {
  const { requestsInFlightMax, watchesPerUserMax, watchesMax } = defaultServerLimits;
  const { connectionsPerAddressMax, streamsPerConnectionMax } = defaultServerLimits;
  const option = (flags: string, description: string, value: number) =>
    command.addOption(new Option(flags, description).argParser(wholeNumber(1, 1_000_000)).default(value));
  option('--max-requests-inflight <number>', 'requests answered at the same time', requestsInFlightMax);
  option('--max-watches-per-user <number>', 'watches a user may have open', watchesPerUserMax);
  option('--max-watches <number>', 'watches all users together may have open', watchesMax);
  option('--max-connections-per-address <number>', 'connections from one address', connectionsPerAddressMax);
  return option('--max-streams-per-connection <number>', 'requests on one HTTP/2 connection', streamsPerConnectionMax);
}

/** What these options said. */
export function readLimits(options: Readonly<Record<string, unknown>>): ServerLimits {
  return {
    ...defaultServerLimits,
    requestsInFlightMax: Number(options['maxRequestsInflight']),
    watchesPerUserMax: Number(options['maxWatchesPerUser']),
    watchesMax: Number(options['maxWatches']),
    connectionsPerAddressMax: Number(options['maxConnectionsPerAddress']),
    streamsPerConnectionMax: Number(options['maxStreamsPerConnection']),
  };
}
