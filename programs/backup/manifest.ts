import { CommandError } from '../cli/exit.ts';

/** Format of the archive; a program refuses newer ones. */
export const backupFormat = 1;
/** Folder all files of a backup lie in, in its archive. */
export const archiveFolder = 'planform-backup';
/** The last file of a backup: only one that is there as a whole has it. */
export const manifestName = 'manifest.json';
/** Longest manifest, bytes: some 400,000 files. */
export const manifestBytesMax = 64 * 1024 * 1024;

/** What a backup holds. */
export interface Manifest {
  readonly format: number;
  /** Version of Planform that made it. */
  readonly version: string;
  /** `hub`, `site-1`, `kernel`. */
  readonly name: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Of the store that was copied; a restored one gets another. */
  readonly epoch: string;
  /** Ids of the keys of its Secrets, if they were left out: a restore is given them. The first one wrote last. */
  readonly keyIds?: readonly string[];
  readonly files: readonly ManifestFile[];
}

/** One file of a backup. */
export interface ManifestFile {
  /** Inside the data folder, for example `blobs/sha256/ab/ab…`. */
  readonly path: string;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** The name of the store in a data folder and in a backup. */
export const storeFile = 'store.db';
/** The folder of the authority and of all other keys. */
export const keysFolder = 'pki';
/** Folders of a data folder that belong to a backup: blobs, the authority, the keys of a site, the audit log. */
export const backupFolders = ['blobs/sha256', keysFolder, 'identity', 'audit'] as const;

/** The keys of Secrets of a data folder: not in a backup unless somebody says so. */
export const encryptionKeyFile = `${keysFolder}/encryption.keys`;

/** Whether a restore may write a file of that name: nothing outside of what a backup holds. */
export function isBackupPath(path: string): boolean {
  if (path === storeFile) return true;
  const isInside = backupFolders.some((folder) => path.startsWith(`${folder}/`));
  return isInside && /^[\w.-]+(\/[\w.-]+)+$/.test(path) && !/(^|\/)\.{1,2}(\/|$)/.test(path);
}

/** @throws {CommandError} when it is none, or one of a newer format. */
export function parseManifest(text: string): Manifest {
  const manifest = parseJson(text) as Partial<Manifest> | null;
  if (manifest === null || typeof manifest !== 'object' || typeof manifest.format !== 'number') {
    throw new CommandError('Cannot read the backup: its manifest is damaged');
  }
  if (manifest.format > backupFormat) {
    throw new CommandError(
      `Cannot read the backup: its format is ${manifest.format}, this program knows formats up to ${backupFormat}`,
      'use the version that made it, or a newer one',
    );
  }
  const { keyIds = [] } = manifest;
  if (!Array.isArray(keyIds) || keyIds.some((id) => typeof id !== 'string')) {
    throw new CommandError('Cannot read the backup: its manifest is damaged');
  }
  return manifest as Manifest;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommandError('Cannot read the backup: its manifest is damaged', undefined, { cause });
  }
}
