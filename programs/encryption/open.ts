import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { Random } from '../../kernel/base/random.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import { type KeyService, KeyServiceError } from '../../kernel/ports/keys.ts';
import { DataKeys } from '../../kernel/store/sealed/data-keys.ts';
import { localKeyService } from '../../kernel/store/sealed/local-keys.ts';
import { clearProvider, Sealing, type SealingRule } from '../../kernel/store/sealed/sealing.ts';
import { CommandError } from '../cli/exit.ts';
import { pathProblem } from '../data-folder.ts';
import {
  type EncryptionConfiguration,
  EncryptionConfigurationError,
  parseEncryptionConfiguration,
  type ServiceConfig,
} from './configuration.ts';
import { KeyFile } from './key-file.ts';
import { readRewriting, type Rewriting } from './rewriting.ts';

/** Name of the key service that is the key file of the data folder. */
export const defaultService = 'default';
/** That file, in the data folder. */
const defaultKeyFile = join('pki', 'encryption.keys');

/** Where encryption is set up. */
export interface EncryptionSources {
  readonly dataFolder: string;
  /** Absolute; absent: Secrets, with the key file of the folder, if there is one. */
  readonly configPath?: string | undefined;
  /** There is no store yet: Secrets are encrypted from the beginning, unless a configuration says otherwise. */
  readonly isNewStore: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

/** Everything that encrypts and decrypts the values of a data folder. */
export interface EncryptionKeys {
  readonly sealing: Sealing;
  readonly services: ReadonlyMap<string, KeyService>;
  /** Of those services that are key files. */
  readonly keyFiles: ReadonlyMap<string, KeyFile>;
  /** True: there is no configuration, the rules are those of `defaultRules`. */
  readonly isDefault: boolean;
  /** What a start before this one has left to do. */
  readonly rewriting: Rewriting | undefined;
}

/** What is encrypted without a configuration. @param readsClear while rows from before encryption are being rewritten. */
export function defaultRules(readsClear: boolean): readonly SealingRule[] {
  return [{ resources: ['secrets'], providers: [defaultService, ...(readsClear ? [clearProvider] : [])] }];
}

/**
 * Opens the keys of a data folder; services that write have wrapped a data key afterwards.
 * @throws {CommandError} when the configuration, a key file or a key service cannot be used.
 */
export async function openEncryptionKeys(sources: EncryptionSources, signal: AbortSignal): Promise<EncryptionKeys> {
  const { dataFolder, configPath, isNewStore, random, log } = sources;
  const home = await KeyFile.open(join(dataFolder, defaultKeyFile), sources);
  const rewriting = await readRewriting(dataFolder);
  const configuration = configPath === undefined ? undefined : await readConfiguration(configPath);
  const beginsNow = isNewStore || rewriting !== undefined;
  if (configuration === undefined && home.keys.length === 0 && beginsNow) await home.add();
  const keyFiles = new Map([[defaultService, home]]);
  const services = new Map([[defaultService, fileService(defaultService, home, random)]]);
  for (const config of configuration?.services ?? []) {
    if (config.kind === 'keyFile') keyFiles.set(config.name, await openKeyFile(config.path, sources, log));
    services.set(config.name, await openService(config, keyFiles, random));
  }
  const ownRules = home.keys.length === 0 ? [] : defaultRules(rewriting?.readsClear ?? false);
  const rules = configuration?.rules ?? ownRules;
  if (rules.length === 0) log.info('Secrets are stored in the clear; `planform encryption rotate` encrypts them');
  const keys = new DataKeys([...services.values()], random);
  const sealing = new Sealing(rules, keys, random);
  for (const name of sealing.writers()) await firstKey(keys, services.get(name), name, signal);
  return { sealing, services, keyFiles, isDefault: configuration === undefined, rewriting };
}

async function firstKey(
  keys: DataKeys,
  service: KeyService | undefined,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await keys.renew(name, signal);
  } catch (cause) {
    if (!(cause instanceof KeyServiceError)) throw cause;
    const hint = 'nothing is started without the keys it is told to encrypt with; nothing was changed';
    throw new CommandError(`Cannot use ${service?.place}: ${cause.message}`, hint, { cause });
  }
}

function fileService(name: string, file: KeyFile, random: Random): KeyService {
  return localKeyService({ name, place: `the key file "${file.path}"`, keys: () => file.keys, random });
}

/** Commands are not even loaded where there are none. */
async function openService(
  config: ServiceConfig,
  keyFiles: ReadonlyMap<string, KeyFile>,
  random: Random,
): Promise<KeyService> {
  const { name } = config;
  const file = keyFiles.get(name);
  if (file !== undefined) return fileService(name, file, random);
  if (config.kind === 'command') return (await import('./key-command.ts')).commandKeyService(config);
  const keys = config.kind === 'aesgcm' ? config.keys : [];
  return localKeyService({
    name,
    place: `the encryption configuration (provider "${name}")`,
    keys: () => keys,
    random,
  });
}

/** Never made here: a disk that is not mounted must not look like a new beginning. */
async function openKeyFile(path: string, sources: EncryptionSources, log: Logger): Promise<KeyFile> {
  const file = await KeyFile.open(path, sources).catch((cause: unknown) => {
    const why = pathProblem(cause, 'there is no such file');
    throw why === undefined
      ? cause
      : new CommandError(`Cannot read the key file "${path}": ${why}`, undefined, { cause });
  });
  if (file.keys.length === 0) {
    const hint = 'bring it back if there was one; else make one with `planform encryption new-key`';
    throw new CommandError(`Cannot read the key file "${path}": there is no such file`, hint);
  }
  if (await file.isExposed()) log.warn('others on this machine may read a key file', { path });
  return file;
}

/** What the parser of YAML says may quote the file, and keys with it: only places are told. */
async function readConfiguration(path: string): Promise<EncryptionConfiguration> {
  const { parseYamlObject } = await import('../../kernel/server/yaml.ts');
  try {
    const { value, duplicateFields } = parseYamlObject(await readFile(path));
    if (duplicateFields.length > 0) throw new EncryptionConfigurationError('it has a field twice');
    return parseEncryptionConfiguration(value);
  } catch (error) {
    const isSaid = error instanceof EncryptionConfigurationError;
    const isYaml = isApiError(error, 'BadRequest');
    const why = isSaid
      ? error.message
      : isYaml
        ? 'it is no YAML of one object'
        : pathProblem(error, 'there is no such file');
    if (why === undefined) throw error;
    const hint = 'correct --encryption-config';
    throw new CommandError(
      `Cannot use the encryption configuration "${path}": ${why}`,
      hint,
      isYaml ? {} : { cause: error },
    );
  }
}
