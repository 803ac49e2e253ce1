import type { Logger } from '../../kernel/base/logger.ts';
import type { KeptKeys, KeptKeySet } from '../../kernel/auth/oidc/issuer-keys.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import { isJsonObject, type Json } from '../../kernel/meta/object.ts';
import { readFileIfThere, replaceFile } from '../../kernel/server/pki/private-files.ts';

/** Most issuers whose keys are kept: twice as many as a configuration may name. Those that were written first go first. */
const issuersMax = 128;

/**
 * Keys of issuers in one file of the data folder. The keys are public; whoever can write the file decides who people are, as
 * whoever can write the authority beside it. A file that is damaged counts as none.
 */
export async function openKeptKeys(path: string, log: Logger): Promise<KeptKeys> {
  const sets = new Map<string, KeptKeySet>(parse(await readFileIfThere(path)));
  let writing = Promise.resolve();
  const save = async () => {
    try {
      await replaceFile(path, JSON.stringify(Object.fromEntries(sets)), 0o600);
    } catch (error) {
      log.warn('the keys of issuers are not kept', { file: path, error: errorText(error) });
    }
  };
  return {
    read: (identity) => sets.get(identity),
    write(identity, keys) {
      sets.delete(identity);
      sets.set(identity, keys);
      for (const oldest of sets.keys()) if (sets.size > issuersMax) sets.delete(oldest);
      writing = writing.then(save);
      return writing;
    },
  };
}

function parse(text: string | undefined): readonly (readonly [string, KeptKeySet])[] {
  const found = text === undefined ? {} : parseJson(text);
  if (!isJsonObject(found)) return [];
  return Object.entries(found).flatMap(([identity, value]): readonly (readonly [string, KeptKeySet])[] => {
    if (!isJsonObject(value)) return [];
    const { keys, fetchedAtMs } = value;
    if (!Array.isArray(keys) || typeof fetchedAtMs !== 'number') return [];
    return [[identity, { keys: keys.filter(isJsonObject), fetchedAtMs }]];
  });
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    // Keys that are not kept are fetched.
    return null;
  }
}
