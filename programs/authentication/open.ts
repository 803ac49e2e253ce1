import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { OidcAuthenticator } from '../../kernel/auth/oidc/authenticator.ts';
import {
  type AuthenticationConfiguration,
  AuthenticationConfigurationError,
  parseConfiguration,
} from '../../kernel/auth/oidc/configuration.ts';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { MetricFamily } from '../../kernel/base/metrics.ts';
import { fetchDocument } from '../../kernel/client/http/document-fetcher.ts';
import { errorText, isApiError } from '../../kernel/meta/errors.ts';
import { parseYamlObject } from '../../kernel/server/yaml.ts';
import type { ConfiguredAuthentication } from '../apiserver/authentication.ts';
import { isServerUser, tokenIssuer } from '../apiserver/identity.ts';
import { CommandError } from '../cli/exit.ts';
import { pathProblem } from '../data-folder.ts';
import { followFolder } from '../follow-folder.ts';
import { openKeptKeys } from './kept-keys.ts';

/** Where the configuration is and what follows it. */
export interface AuthenticationSources {
  /** Absolute. */
  readonly file: string;
  /** The keys of issuers are kept there. */
  readonly dataFolder: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Opens the authentication of a file and follows it. @throws {CommandError} when it cannot be used at start. */
export async function openAuthentication(sources: AuthenticationSources): Promise<ConfiguredAuthentication> {
  const { file, dataFolder, clock, log } = sources;
  let text = '';
  let configuration: AuthenticationConfiguration;
  try {
    text = await readFile(file, 'utf8');
    configuration = parse(text);
  } catch (cause) {
    const why = problemOf(cause);
    if (why === undefined) throw cause;
    throw new CommandError(
      `Cannot use the authentication configuration "${file}": ${why}`,
      'correct --authentication-config',
      {
        cause,
      },
    );
  }
  const kept = await openKeptKeys(join(dataFolder, 'issuer-keys.json'), log);
  const ports = { fetch: fetchDocument, kept, clock, log, isReserved: isServerUser };
  const oidc = new OidcAuthenticator(ports, configuration);
  const reloads = new Reloads(clock);
  const reload = async () => {
    try {
      const found = await readFile(file, 'utf8');
      if (found === text) return;
      oidc.replace(parse(found));
      text = found;
      reloads.count('success');
      log.info('the authentication configuration was replaced', { file });
    } catch (error) {
      reloads.count('failure');
      log.error('the authentication configuration is not replaced', {
        file,
        error: problemOf(error) ?? errorText(error),
      });
    }
  };
  return {
    authenticator: oidc,
    allowsAnonymous: (path) => oidc.allowsAnonymous(path),
    metrics: () => [...oidc.metrics(), ...reloads.metrics()],
    async run(stop) {
      using _asking = oidc;
      // Files are often replaced by renaming, or by a link that moves.
      await followFolder(dirname(file), reload, { clock, log }, stop);
    },
  };
}

function parse(text: string): AuthenticationConfiguration {
  const { value, duplicateFields } = parseYamlObject(Buffer.from(text));
  if (duplicateFields.length > 0) throw new AuthenticationConfigurationError(`it has "${duplicateFields[0]}" twice`);
  return parseConfiguration(value, [tokenIssuer]);
}

function problemOf(error: unknown): string | undefined {
  const isOfFile = error instanceof AuthenticationConfigurationError || isApiError(error, 'BadRequest');
  return isOfFile ? error.message : pathProblem(error, 'there is no such file');
}

/** Counts replacements of the configuration, under upstream's names. */
class Reloads {
  readonly #clock: Clock;
  readonly #counts = { success: 0, failure: 0 };
  readonly #times = { success: 0, failure: 0 };

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  count(status: 'success' | 'failure'): void {
    this.#counts[status]++;
    this.#times[status] = this.#clock.nowMs() / 1_000;
  }

  metrics(): readonly MetricFamily[] {
    const prefix = 'apiserver_authentication_config_controller_automatic_reload';
    const statuses = ['success', 'failure'] as const;
    const happened = statuses.filter((status) => this.#counts[status] > 0);
    return [
      {
        name: `${prefix}s_total`,
        help: 'Times the file of the authentication configuration changed, by whether the change is in use.',
        type: 'counter',
        samples: statuses.map((status) => ({ labels: { status }, value: this.#counts[status] })),
      },
      {
        name: `${prefix}_last_timestamp_seconds`,
        help: 'When the file of the authentication configuration last changed, by whether the change is in use.',
        type: 'gauge',
        samples: happened.map((status) => ({ labels: { status }, value: this.#times[status] })),
      },
    ];
  }
}
