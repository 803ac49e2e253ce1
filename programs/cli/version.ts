import { planformVersion } from '../version.ts';
import { connectHub } from './connect.ts';
import { CommandError } from './exit.ts';
import type { ServerChoice } from './options.ts';
import { type OutputFormat, print } from './output.ts';

/** Prints the version of this command and, when it answers, of the hub. */
export async function printVersion(options: ServerChoice & { readonly output: OutputFormat }): Promise<void> {
  const hub = await hubVersion(options);
  if (options.output === 'json')
    print(JSON.stringify({ planform: planformVersion, node: process.versions.node, hub }, null, 2));
  else print(`planform ${planformVersion} (Node ${process.versions.node})\nhub      ${hub ?? 'does not answer'}`);
}

async function hubVersion(choice: ServerChoice): Promise<string | undefined> {
  try {
    await using hub = await connectHub(choice);
    const { value } = await hub.request({ method: 'GET', path: '/version' });
    return (value as { gitVersion?: string } | undefined)?.gitVersion;
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}
