import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AuthorityFileError,
  type FileAuthorityOptions,
  makeAuthority,
  openAuthority,
  pemOf,
} from './file-authority.ts';
import { readFileIfThere, replaceFile } from './private-files.ts';

/**
 * How far the change from one authority to the next is. `single`: there is one. `prepared`: the next one is trusted, the old one
 * signs. `switched`: the new one signs, the old one is still trusted.
 */
export type RotationPhase = 'single' | 'prepared' | 'switched';

/** Authorities of a folder besides the one that signs. */
export interface Rotation {
  readonly phase: RotationPhase;
  /** Certificate of the next or the previous one, PEM. */
  readonly otherPem?: string;
  /** The key of the newer authority, certified by the older one: by it those who trust the old one believe the new one. */
  readonly endorsementPem?: string;
}

function pathsOf(folder: string) {
  return {
    key: join(folder, 'ca.key'),
    certificate: join(folder, 'ca.crt'),
    nextKey: join(folder, 'ca-next.key'),
    nextCertificate: join(folder, 'ca-next.crt'),
    previousCertificate: join(folder, 'ca-previous.crt'),
    endorsement: join(folder, 'ca-endorsement.crt'),
  };
}

/** Reads how far a rotation is. */
export async function readRotation(folder: string): Promise<Rotation> {
  const paths = pathsOf(folder);
  const files = [paths.nextCertificate, paths.previousCertificate, paths.endorsement];
  const [next, previous, endorsementPem = ''] = await Promise.all(files.map(readFileIfThere));
  // While a switch is under way both are there, and the old one signs still.
  if (previous !== undefined) return { phase: 'switched', otherPem: next ?? previous, endorsementPem };
  return next === undefined ? { phase: 'single' } : { phase: 'prepared', otherPem: next, endorsementPem };
}

/** Makes the next authority: from now on it is trusted, and signs nothing. @throws {AuthorityFileError} unless there is one. */
export async function prepareNextAuthority(options: FileAuthorityOptions): Promise<void> {
  const { folder } = options;
  await requirePhase(folder, 'single', 'Cannot make another authority');
  const current = await openAuthority(options);
  const next = await makeAuthority(options);
  const paths = pathsOf(folder);
  await replaceFile(paths.endorsement, await current.endorse(next), 0o644);
  await replaceFile(paths.nextKey, pemOf(next.privateKey), 0o600);
  await replaceFile(paths.nextCertificate, next.certificatePem, 0o644);
}

/** From now on the next authority signs; the key of the old one is gone. @throws {AuthorityFileError} unless it is prepared. */
export async function switchAuthority(folder: string): Promise<void> {
  await requirePhase(folder, 'prepared', 'Cannot switch to the next authority');
  const paths = pathsOf(folder);
  const current = await readFileIfThere(paths.certificate);
  if (current === undefined) throw new AuthorityFileError(`Cannot switch: "${paths.certificate}" is missing`);
  await replaceFile(paths.previousCertificate, current, 0o644);
  await finishSwitch(folder);
}

/** Ends a switch that a crash interrupted. Call it before the authority is opened. */
export async function finishSwitch(folder: string): Promise<void> {
  const paths = pathsOf(folder);
  if ((await readRotation(folder)).phase !== 'switched') return;
  await renameIfThere(paths.nextKey, paths.key);
  await renameIfThere(paths.nextCertificate, paths.certificate);
}

/** The previous authority is trusted no more. @throws {AuthorityFileError} when there is none. */
export async function retirePreviousAuthority(folder: string): Promise<void> {
  await requirePhase(folder, 'switched', 'Cannot retire the previous authority');
  await finishSwitch(folder);
  const paths = pathsOf(folder);
  await rm(paths.endorsement, { force: true });
  await rm(paths.previousCertificate);
}

async function requirePhase(folder: string, wanted: RotationPhase, what: string): Promise<void> {
  const { phase } = await readRotation(folder);
  if (phase === wanted) return;
  throw new AuthorityFileError(`${what}: the rotation is "${phase}", it must be "${wanted}"`);
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}
