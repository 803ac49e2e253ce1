import { DriverError } from './runtime.ts';
import type { ProjectedFile, VolumeRef, Volumes } from './volume.ts';

/** Volumes in memory; paths are `/volumes/<pod uid>/<name>`. */
export class FakeVolumes implements Volumes {
  readonly #volumes = new Map<string, readonly ProjectedFile[]>();
  /** How often files were really written; projecting the same again does not count. */
  writeCount = 0;

  /** Text of a projected file. @returns `undefined` when the volume or the file does not exist. */
  textOf(volume: VolumeRef, path: string): string | undefined {
    const file = this.#volumes.get(pathOf(volume))?.find((candidate) => candidate.path === path);
    return file === undefined ? undefined : new TextDecoder().decode(file.bytes);
  }

  async project(volume: VolumeRef, files: readonly ProjectedFile[], signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const path = pathOf(volume);
    const before = this.#volumes.get(path);
    if (before === undefined || !sameFiles(before, files)) this.writeCount++;
    this.#volumes.set(path, files);
    return path;
  }

  async scratch(volume: VolumeRef, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const path = pathOf(volume);
    if (!this.#volumes.has(path)) this.#volumes.set(path, []);
    return path;
  }

  async host(path: string, _type: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return path;
  }

  async resolve(folder: string, subPath: string, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    if (subPath.split('/').includes('..')) {
      throw new DriverError('PathUnusable', `Cannot mount "${subPath}": it leads out of the volume`);
    }
    return `${folder}/${subPath}`;
  }

  async remove(podUid: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    for (const path of this.#volumes.keys()) if (path.startsWith(`/volumes/${podUid}/`)) this.#volumes.delete(path);
  }

  async list(signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    return [...new Set([...this.#volumes.keys()].map((path) => path.split('/')[2] ?? ''))];
  }
}

function pathOf({ podUid, name }: VolumeRef): string {
  return `/volumes/${podUid}/${name}`;
}

function sameFiles(a: readonly ProjectedFile[], b: readonly ProjectedFile[]): boolean {
  const text = (files: readonly ProjectedFile[]) =>
    files
      .map(({ path, bytes, mode }) => `${path} ${mode} ${bytes.toHex()}`)
      .toSorted((a, b) => (a < b ? -1 : 1))
      .join();
  return text(a) === text(b);
}
