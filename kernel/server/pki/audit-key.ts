import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { join } from 'node:path';
import type { AuditSigner } from '../../audit/heads.ts';
import { AuthorityFileError } from './file-authority.ts';
import { readFileIfThere, replaceFile } from './private-files.ts';

/** File of the public key, for those who verify a log elsewhere. */
export const auditPublicKeyFile = 'audit.pub';
const privateKeyFile = 'audit.key';

/**
 * Opens the key that signs heads of the audit log, making it on first use (Ed25519; `audit.key` 0600, `audit.pub`). It is used
 * for nothing else, so that somebody may keep its public half and trust nothing but what it signed.
 * @throws {AuthorityFileError} when the file is damaged: nothing is replaced.
 */
export async function openAuditKey(folder: string): Promise<AuditSigner> {
  const path = join(folder, privateKeyFile);
  const known = await readFileIfThere(path);
  const pem = known ?? generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  if (known === undefined) await replaceFile(path, pem, 0o600);
  const privateKey = readKey(path, () => createPrivateKey(pem));
  const publicKey = createPublicKey(privateKey);
  const publicPath = join(folder, auditPublicKeyFile);
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' });
  if ((await readFileIfThere(publicPath)) !== publicPem) await replaceFile(publicPath, publicPem, 0o644);
  return { keyId: auditKeyId(publicKey), sign: (content) => sign(null, content, privateKey) };
}

/** Reads a public key to verify heads with, and its id. @throws {AuthorityFileError} when it is none, or there is none. */
export async function readAuditPublicKey(path: string): Promise<readonly [id: string, key: KeyObject]> {
  const pem = await readFileIfThere(path);
  if (pem === undefined) throw new AuthorityFileError(`Cannot read the key of the audit log: "${path}" is missing`);
  const key = readKey(path, () => createPublicKey(pem));
  return [auditKeyId(key), key];
}

function readKey(path: string, read: () => KeyObject): KeyObject {
  try {
    const key = read();
    if (key.asymmetricKeyType !== 'ed25519') throw new Error(`It is a key of type "${key.asymmetricKeyType}"`);
    return key;
  } catch (cause) {
    throw new AuthorityFileError(`Cannot read the key of the audit log: "${path}" is damaged`, { cause });
  }
}

/** SHA-256 of the SPKI form, hexadecimal. */
function auditKeyId(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}
