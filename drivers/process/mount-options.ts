/** What the kernel lets nobody take from a mount in a user namespace (mount_namespaces(7), restrictions). */
const lockedOptions = new Set(['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']);

/**
 * Options a read-only bind of `path` has to repeat: making a bind read-only sets all its options anew.
 * @param mountInfo text of /proc/self/mountinfo.
 * @param path without symbolic links.
 */
export function optionsToKeep(mountInfo: string, path: string): readonly string[] {
  let found: { readonly mountPoint: string; readonly options: string } = { mountPoint: '', options: '' };
  for (const line of mountInfo.split('\n')) {
    const [, , , , mountPoint, options] = line.split(' ');
    if (mountPoint === undefined || options === undefined) continue;
    const folder = mountPoint.replaceAll(/\\(\d{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const holds = folder === '/' || path === folder || path.startsWith(`${folder}/`);
    // Of several mounts at one place the last is seen.
    if (holds && folder.length >= found.mountPoint.length) found = { mountPoint: folder, options };
  }
  return found.options.split(',').filter((option) => lockedOptions.has(option));
}
