import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { formatCount } from '../../kernel/base/count.ts';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { AuthorityFileError } from '../../kernel/server/pki/file-authority.ts';
import { certificateFingerprint } from '../../kernel/server/pki/fingerprint.ts';
import { LiveAuthority } from '../../kernel/server/pki/live-authority.ts';
import { readFileIfThere } from '../../kernel/server/pki/private-files.ts';
import {
  prepareNextAuthority,
  readRotation,
  retirePreviousAuthority,
  switchAuthority,
} from '../../kernel/server/pki/rotation.ts';
import { joinTokenKind } from '../../planes/management/jointoken/type.ts';
import { siteKind } from '../../planes/management/site/type.ts';
import { connectHub } from '../cli/connect.ts';
import { CommandError, exitCodes } from '../cli/exit.ts';
import { formatTable, note, print } from '../cli/output.ts';
import { pathProblem } from '../data-folder.ts';
import { readLiveProcess } from '../process-file.ts';
import { type JudgedStep, type UnreadyHolder, unreadyHolders } from './readiness.ts';

/** What `planform ca …` is told. */
export interface AuthorityOptions {
  readonly data: string;
  /** Go on although somebody is left out. */
  readonly force?: boolean;
}

/** Most holders that are named. */
const namedMax = 20;

/**
 * Does one step of a rotation in a data folder and says what there is now.
 * @returns the exit code: of `status`, 3 while the next step has to wait for somebody.
 * @throws {CommandError} when it is not its turn, or somebody would be left out.
 */
export async function runAuthorityCommand(
  step: 'status' | 'rotate' | JudgedStep,
  { data, force = false }: AuthorityOptions,
): Promise<number> {
  const dataFolder = resolve(data);
  const folder = join(dataFolder, 'pki');
  try {
    await stat(join(folder, 'ca.crt'));
    const day = new Date(systemClock.nowMs()).toISOString().slice(0, 10);
    const options = { folder, commonName: `Planform ${day}`, clock: systemClock, random: systemRandom };
    if ((step === 'switch' || step === 'retire') && !force) await refuseUnready(step, dataFolder);
    if (step === 'rotate') await prepareNextAuthority(options);
    if (step === 'switch') await switchAuthority(folder);
    if (step === 'retire') await retirePreviousAuthority(folder);
    print(await statusText(options));
    return step === 'status' ? await tellWhoIsWaitedFor(dataFolder) : exitCodes.done;
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

/** A step out of turn is left to the step itself, which says so. */
async function refuseUnready(step: JudgedStep, dataFolder: string): Promise<void> {
  if ((await nextStep(dataFolder)) !== step || !(await isHubFolder(dataFolder))) return;
  const what = step === 'switch' ? 'switch to the next authority' : 'retire the previous authority';
  const unready = await findUnready(step, dataFolder);
  if (unready === undefined) {
    const hint =
      'start it, so that it can be asked what its sites know, or say --force: who is not ready has to be invited anew';
    throw new CommandError(`Cannot ${what}: the hub of "${dataFolder}" is not running`, hint);
  }
  if (unready.length === 0) return;
  const count = formatCount(unready.length, 'holder');
  const hint =
    'wait for them (`planform ca status`), delete those that will not come back, or say --force: who is left out has to be invited anew';
  throw new CommandError(`Cannot ${what}: ${count} would be left out\n${namesOf(unready)}`, hint);
}

async function tellWhoIsWaitedFor(dataFolder: string): Promise<number> {
  const step = await nextStep(dataFolder);
  const unready = step === undefined ? [] : await findUnready(step, dataFolder);
  if (step === undefined || unready === undefined || unready.length === 0) return exitCodes.done;
  note(`\`planform ca ${step}\` waits for ${formatCount(unready.length, 'holder')}:\n${namesOf(unready)}`);
  return exitCodes.unhealthy;
}

/** The step that would be next, if it can leave anybody out. */
async function nextStep(dataFolder: string): Promise<JudgedStep | undefined> {
  const { phase } = await readRotation(join(dataFolder, 'pki'));
  return phase === 'single' ? undefined : phase === 'prepared' ? 'switch' : 'retire';
}

/** Who would be left out; nobody of a server without sites. `undefined` when the hub does not run and cannot be asked. */
async function findUnready(step: JudgedStep, dataFolder: string): Promise<readonly UnreadyHolder[] | undefined> {
  if (!(await isHubFolder(dataFolder))) return [];
  if ((await readLiveProcess(dataFolder)) === undefined) return undefined;
  const path = join(dataFolder, 'pki', step === 'switch' ? 'ca-next.crt' : 'ca.crt');
  const fingerprint = certificateFingerprint(new X509Certificate(await readFile(path)));
  // A certificate says that it is older than it is, for clocks that differ.
  const authority = { fingerprint, madeAtMs: (await stat(path)).mtimeMs };
  await using hub = await connectHub({ kubeconfig: join(dataFolder, 'kubeconfig') });
  const [sites, joinTokens] = await Promise.all([
    hub.client.list(siteKind, {}, hub.signal),
    hub.client.list(joinTokenKind, {}, hub.signal),
  ]);
  return unreadyHolders(step, { sites: sites.items, joinTokens: joinTokens.items }, authority, systemClock.nowMs());
}

async function isHubFolder(dataFolder: string): Promise<boolean> {
  return (await readFileIfThere(join(dataFolder, 'pki', 'hub-id'))) !== undefined;
}

function namesOf(unready: readonly UnreadyHolder[]): string {
  const lines = unready.slice(0, namedMax).map(({ who, why }) => `  ${who} ${why}`);
  const more = unready.length - namedMax;
  return (more > 0 ? [...lines, `  and ${more} more`] : lines).join('\n');
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
