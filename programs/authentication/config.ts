import { resolve } from 'node:path';
import type { Command } from 'commander';

/** Adds the option about how a server knows people. */
export function addAuthenticationOptions(command: Command): Command {
  return command.option(
    '--authentication-config <file>',
    'an apiserver.config.k8s.io/v1 AuthenticationConfiguration: OpenID issuers and who is anonymous; followed while it runs',
  );
}

/** Absolute path of the file these options name; `undefined`: no issuers, anonymous requests are answered. */
export function readAuthentication({ authenticationConfig }: Readonly<Record<string, unknown>>): string | undefined {
  return typeof authenticationConfig === 'string' ? resolve(authenticationConfig) : undefined;
}
