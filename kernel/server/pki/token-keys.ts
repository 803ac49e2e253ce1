import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import type { TokenKeys } from '../../auth/service-account-tokens.ts';
import { AuthorityFileError } from './file-authority.ts';
import { readFileIfThere, replaceFile } from './private-files.ts';

/** File of the keys that sign the tokens of ServiceAccounts. */
const fileName = 'service-accounts.key';
const block = /-----BEGIN (PRIVATE|PUBLIC) KEY-----[^-]+-----END \1 KEY-----/g;

/**
 * Opens the token keys of a folder (0600), making one on first use (ECDSA P-256). The file is a list of PEM blocks: the first is the
 * private key that signs; tokens of all others, private or public, are accepted too. So a key is replaced by putting a new
 * one in front, and taken away once the last token of the old one has expired.
 * @throws {AuthorityFileError} when the file is damaged: nothing is replaced.
 */
export async function openTokenKeys(folder: string): Promise<TokenKeys> {
  const path = join(folder, fileName);
  const text = await readFileIfThere(path);
  if (text !== undefined) return readKeys(path, text);
  const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  await replaceFile(path, pem, 0o600);
  return readKeys(path, pem);
}

function readKeys(path: string, text: string): TokenKeys {
  try {
    const pems = text.match(block) ?? [];
    const privateKey = createPrivateKey(pems[0] ?? '');
    const verifying = new Map(pems.map((pem) => createPublicKey(pem)).map((key) => [keyId(key), requireP256(key)]));
    return { signing: { id: keyId(createPublicKey(privateKey)), privateKey }, verifying };
  } catch (cause) {
    throw new AuthorityFileError(`Cannot open the token keys: "${path}" is damaged`, { cause });
  }
}

function requireP256(key: KeyObject): KeyObject {
  if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new Error(`A key of type "${key.asymmetricKeyType}" is not ECDSA P-256`);
}

/** Id of a key: sha256 of its SPKI form (as kube-apiserver names it). */
function keyId(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url');
}
