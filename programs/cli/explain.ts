import { CommandError, exitCodes } from './exit.ts';
import type { OutputFormat } from './output.ts';

/** Explains one object. @returns the exit code. */
export function printExplanation(object: string, _options: { readonly namespace: string; readonly kubeconfig: string; readonly output: OutputFormat }): Promise<number> {
  if (!object.includes('/')) throw new CommandError(`"${object}" is not kind/name`, 'for example: planform explain application/hello');
  return Promise.resolve(exitCodes.done);
}
