import { resolve } from 'node:path';
import type { Command } from 'commander';

/** Adds the option about encryption at rest. */
export function addEncryptionOptions(command: Command): Command {
  return command.option(
    '--encryption-config <file>',
    'an apiserver.config.k8s.io/v1 EncryptionConfiguration; default: Secrets, with the key in pki/encryption.keys',
  );
}

/** What it said: the absolute path of a file. */
export function readEncryptionConfig(options: Readonly<Record<string, unknown>>): string | undefined {
  const path = options['encryptionConfig'];
  return typeof path === 'string' ? resolve(path) : undefined;
}
