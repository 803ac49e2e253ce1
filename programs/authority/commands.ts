import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { AuthorityFileError } from '../../kernel/server/pki/file-authority.ts';
import { LiveAuthority } from '../../kernel/server/pki/live-authority.ts';
import {
  prepareNextAuthority,
  readRotation,
  retirePreviousAuthority,
  switchAuthority,
} from '../../kernel/server/pki/rotation.ts';
import { CommandError } from '../cli/exit.ts';
import { formatTable, print } from '../cli/output.ts';
import { pathProblem } from '../data-folder.ts';

/** Does one step of a rotation in a data folder and says what there is now. @throws {CommandError} when it is not its turn. */
export async function runAuthorityCommand(
  step: 'status' | 'rotate' | 'switch' | 'retire',
  { data }: { readonly data: string },
): Promise<void> {
  const folder = join(resolve(data), 'pki');
  try {
    await stat(join(folder, 'ca.crt'));
    const day = new Date(systemClock.nowMs()).toISOString().slice(0, 10);
    const options = { folder, commonName: `Planform ${day}`, clock: systemClock, random: systemRandom };
    if (step === 'rotate') await prepareNextAuthority(options);
    if (step === 'switch') await switchAuthority(folder);
    if (step === 'retire') await retirePreviousAuthority(folder);
    print(await statusText(options));
  } catch (cause) {
    if (cause instanceof AuthorityFileError) {
      throw new CommandError(cause.message, '`planform ca --help` says the order; `planform ca status` where it is', {
        cause,
      });
    }
    const why = pathProblem(cause, 'there is no authority');
    if (why === undefined) throw cause;
    throw new CommandError(`Cannot open "${folder}": ${why}`, 'name the data folder with --data', { cause });
  }
}

async function statusText(options: Parameters<typeof LiveAuthority.open>[0]): Promise<string> {
  const { trustedPems } = await LiveAuthority.open(options);
  const { phase } = await readRotation(options.folder);
  const other = phase === 'prepared' ? 'trusted, the next one' : 'trusted, the previous one';
  const rows = trustedPems.map((pem, index) => {
    const { subject, fingerprint256, validToDate } = new X509Certificate(pem);
    const name = subject.slice(subject.indexOf('CN=') + 3);
    return [name, index === 0 ? 'signs' : other, validToDate.toISOString().slice(0, 10), fingerprint256];
  });
  return formatTable(['AUTHORITY', 'STATE', 'UNTIL', 'SHA256'], rows);
}
