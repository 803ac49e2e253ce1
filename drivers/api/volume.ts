/**
 * Folders on this host that pods mount: files projected from objects, scratch space, and paths of the host. What is
 * made here stays when the agent stops.
 */
export interface Volumes {
  /**
   * Makes the volume hold exactly `files`. A reader sees all old or all new files, never a mixture, and folders that
   * containers have mounted stay the same (the `..data` scheme of the kubelet's AtomicWriter). Does nothing when the
   * contents are the same already.
   * @returns the absolute path of the folder.
   * @throws {DriverError} `Full`, `WriteFailed`.
   */
  project(volume: VolumeRef, files: readonly ProjectedFile[], signal: AbortSignal): Promise<string>;
  /**
   * A folder that begins empty and lives as long as the pod.
   * @throws {DriverError} `Full`, `WriteFailed`.
   */
  scratch(volume: VolumeRef, signal: AbortSignal): Promise<string>;
  /**
   * A path of the host, checked or made as `type` says (core/v1 HostPathVolumeSource; empty: not checked).
   * @throws {DriverError} `PathUnusable`.
   */
  host(path: string, type: string, signal: AbortSignal): Promise<string>;
  /**
   * The absolute path of `subPath` inside a volume's folder; a missing one becomes a folder.
   * @throws {DriverError} `PathUnusable` when it leads out of the folder.
   */
  resolve(folder: string, subPath: string, signal: AbortSignal): Promise<string>;
  /** Removes all volumes of a pod; paths of the host stay. Nothing happens when there are none. */
  remove(podUid: string, signal: AbortSignal): Promise<void>;
  /** uids of pods that have volumes here. */
  list(signal: AbortSignal): Promise<readonly string[]>;
}

/** Names one volume of one pod. */
export interface VolumeRef {
  readonly podUid: string;
  /** `spec.volumes[].name`: a DNS label. */
  readonly name: string;
}

/** One file of a projected volume. */
export interface ProjectedFile {
  /** Relative, with `/` between folders, without `..`. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Permission bits, for example 0o644. */
  readonly mode: number;
}
