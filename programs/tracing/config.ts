import { type Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../cli/options.ts';

/** What a server is told about traces. */
export interface TracingConfig {
  /** Base URL of an OTLP/HTTP collector. */
  readonly endpoint: string;
  /** Requests traced of a million whose senders say nothing of it. */
  readonly samplesPerMillion: number;
}

const samplesDefault = 10_000;

/** Adds the options about traces of a server. */
export function addTracingOptions(command: Command): Command {
  const sampling = 'requests traced of a million, besides those whose senders trace them';
  return command
    .addOption(
      new Option('--tracing-endpoint <url>', 'OTLP/HTTP collector that gets traces; default: none are made').argParser(
        httpUrl,
      ),
    )
    .addOption(
      new Option('--tracing-samples-per-million <number>', sampling)
        .argParser(wholeNumber(0, 1_000_000))
        .default(samplesDefault),
    );
}

function httpUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '') {
    throw new InvalidArgumentError('It must be an http or https URL without a user, such as http://127.0.0.1:4318.');
  }
  return url.href;
}

/** What these options said; `undefined`: no traces. */
export function readTracing(options: Readonly<Record<string, unknown>>): TracingConfig | undefined {
  const { tracingEndpoint: endpoint, tracingSamplesPerMillion } = options;
  if (typeof endpoint !== 'string') return undefined;
  return { endpoint, samplesPerMillion: Number(tracingSamplesPerMillion) };
}
