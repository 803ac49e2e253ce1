import { resolve } from 'node:path';
import type { Retention } from '../../kernel/registry/compaction.ts';
import type { ServerLimits } from '../../kernel/server/server-limits.ts';
import { type AuditConfig, readAuditConfig } from '../audit/config.ts';
import { UsageError } from '../cli/exit.ts';
import { readLimits } from '../cli/limits.ts';
import { readRetention } from '../cli/retention.ts';
import { readEncryptionConfig } from '../encryption/config.ts';
import { readTracing, type TracingConfig } from '../tracing/config.ts';
import type { LogLevel } from '../logging.ts';

/** Everything an agent is told when it starts. */
export interface AgentConfig {
  /** Absolute. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** Join with this file first if the site has no identity yet. */
  readonly joinFile: string | undefined;
  /** Loopback addresses for Services, for example `127.80.1.0/24`. */
  readonly serviceRange: string;
  /** Host ports for containers, first and last. */
  readonly podPorts: { readonly first: number; readonly last: number };
  /** How much of the past is kept. */
  readonly retention: Retention;
  readonly audit: AuditConfig;
  /** Absolute path of an EncryptionConfiguration. */
  readonly encryptionConfig: string | undefined;
  /** How much clients may take. */
  readonly limits: ServerLimits;
  /** Where traces go; absent: none are made. */
  readonly tracing?: TracingConfig | undefined;
  readonly logLevel: LogLevel;
}

/** Checks what the command line said. @throws {UsageError} naming the option. */
export function readAgentConfig(options: Readonly<Record<string, unknown>>): AgentConfig {
  const joinFile = options['join'];
  return {
    dataFolder: resolve(String(options['data'])),
    host: String(options['host']),
    port: Number(options['port']),
    joinFile: typeof joinFile === 'string' ? resolve(joinFile) : undefined,
    serviceRange: readServiceRange(String(options['serviceRange'])),
    podPorts: readPodPorts(String(options['podPorts'])),
    retention: readRetention(options),
    audit: readAuditConfig(options),
    encryptionConfig: readEncryptionConfig(options),
    limits: readLimits(options),
    tracing: readTracing(options),
    logLevel: options['logLevel'] as LogLevel,
  };
}

function readServiceRange(text: string): string {
  const match = /^127\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const [, ...numbers] = match ?? [];
  const isRange =
    match !== null &&
    numbers.slice(0, 3).every((part) => Number(part) <= 255) &&
    Number(numbers[3]) >= 16 &&
    Number(numbers[3]) <= 30;
  if (!isRange)
    throw new UsageError(
      `--service-range is "${text}": it must be inside 127.0.0.0/8 with a length of /16 to /30, for example 127.80.1.0/24`,
    );
  return text;
}

function readPodPorts(text: string): AgentConfig['podPorts'] {
  const [, first, last] = (/^(\d+)-(\d+)$/.exec(text) ?? []).map(Number);
  if (first === undefined || last === undefined || first < 1024 || last > 65_535 || last - first < 9) {
    throw new UsageError(
      `--pod-ports is "${text}": it must be <first>-<last> within 1024-65535 with at least 10 ports`,
    );
  }
  return { first, last };
}
