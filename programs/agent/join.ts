import { join, resolve } from 'node:path';
import { CommandError } from '../cli/exit.ts';
import { note } from '../cli/output.ts';
import { joinHub as joinAt, readIdentity } from './identity.ts';

/** `planform agent join`: gives a site its identity. */
export async function joinHub(
  joinFile: string,
  options: Readonly<Record<string, unknown>>,
  stop: AbortSignal,
): Promise<void> {
  const dataFolder = resolve(String(options['data']));
  const known = await readIdentity(dataFolder);
  if (known !== undefined)
    throw new CommandError(
      `${dataFolder} is site "${known.siteName}" of hub ${known.hubId} already`,
      `choose another folder with --data for another site; to join anew, delete ${join(dataFolder, 'identity')} first`,
    );
  const { siteName, hubId } = await joinAt(resolve(joinFile), dataFolder, stop);
  note(`joined hub ${hubId} as site "${siteName}"; run it with: planform agent run --data ${String(options['data'])}`);
}
