import { resolve } from 'node:path';
import type { Retention } from '../../kernel/registry/compaction.ts';
import type { ServerLimits } from '../../kernel/server/server-limits.ts';
import { type AuditConfig, readAuditConfig } from '../audit/config.ts';
import { readAuthentication } from '../authentication/config.ts';
import { readLimits } from '../cli/limits.ts';
import { readRetention } from '../cli/retention.ts';
import { readEncryptionConfig } from '../encryption/config.ts';
import { readTracing, type TracingConfig } from '../tracing/config.ts';
import type { LogLevel } from '../logging.ts';

/** Everything a hub is told when it starts. */
export interface HubConfig {
  /** Absolute. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** Further names of the serving certificate. */
  readonly names: readonly string[];
  /** How much of the past is kept. */
  readonly retention: Retention;
  readonly audit: AuditConfig;
  /** Absolute path of an EncryptionConfiguration. */
  readonly encryptionConfig: string | undefined;
  /** How much clients may take. */
  readonly limits: ServerLimits;
  /** Absolute path of an AuthenticationConfiguration; absent: no issuers. */
  readonly authenticationFile?: string | undefined;
  /** Where traces go; absent: none are made. */
  readonly tracing?: TracingConfig | undefined;
  readonly logLevel: LogLevel;
}

/** Checks what the command line said. */
export function readHubConfig(options: Readonly<Record<string, unknown>>): HubConfig {
  return {
    dataFolder: resolve(String(options['data'])),
    host: String(options['host']),
    port: Number(options['port']),
    names: options['name'] as readonly string[],
    retention: readRetention(options),
    audit: readAuditConfig(options),
    encryptionConfig: readEncryptionConfig(options),
    limits: readLimits(options),
    authenticationFile: readAuthentication(options),
    tracing: readTracing(options),
    logLevel: options['logLevel'] as LogLevel,
  };
}
