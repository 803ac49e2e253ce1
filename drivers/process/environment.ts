import { DriverError } from '../api/runtime.ts';

/** Longest `NAME=value` the kernel passes to a program, bytes (MAX_ARG_STRLEN, less the end mark). */
export const environmentEntryBytesMax = 131_071;

/** Path programs are found on, after the folder of Planform's own Node. */
export const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Names a shell cannot export as they are: its own variables, read-only ones, and those of `enter.sh`. */
const awkwardNames =
  /^(_|BASH.*|DIRSTACK|EUID|FUNCNAME|GROUPS|HISTCMD|LINENO|OPTIND|PPID|RANDOM|SECONDS|SHELLOPTS|UID|planform_.*)$/;

/** The variable every process of a container carries, its id; what is left of a container is found by it. */
export const containerMarkName = 'PLANFORM_CONTAINER_ID';

/** Replaces `$(PLANFORM_ROOT)` by the folder under which mount paths lie; empty text when mounts are real. */
export function expandRoot(text: string, root: string): string {
  return text.replaceAll('$(PLANFORM_ROOT)', root);
}

/**
 * Encodes an environment for `enter.sh`: one entry per line, backslash and line end escaped, first character `E` for
 * entries the shell exports itself and `A`, last, for those that have to go through env(1). Values therefore never
 * stand in the arguments of a process, where every user of the host could read them, except for `A` names.
 * @throws {DriverError} `StartFailed` for an entry no program can be given.
 */
export function encodeEnvironment(env: Readonly<Record<string, string>>): string {
  const exported: string[] = [];
  const passed: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    const entry = `${name}=${value}`;
    checkEntry(name, entry);
    const escaped = entry.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !awkwardNames.test(name)) exported.push(`E${escaped}\n`);
    else passed.push(`A${escaped}\n`);
  }
  return [...exported, ...passed].join('');
}

function checkEntry(name: string, entry: string): void {
  if (name === '' || name.includes('=') || entry.includes('\0')) {
    throw new DriverError(
      'StartFailed',
      `Cannot pass environment variable "${name}": a name has no "=", and nothing holds NUL`,
    );
  }
  const bytes = Buffer.byteLength(entry);
  if (bytes > environmentEntryBytesMax) {
    throw new DriverError(
      'StartFailed',
      `Cannot pass environment variable "${name}": it has ${bytes} bytes, at most ${environmentEntryBytesMax} are allowed`,
    );
  }
}
