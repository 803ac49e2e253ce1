import { InvalidArgumentError, Option } from 'commander';
import { defaultDataFolder } from './up-plan.ts';

/** `--port`: 1 … 65535. */
export function portOption(description: string): Option {
  return new Option('--port <number>', description).argParser(wholeNumber(1, 65_535));
}

/** Reads a whole number within bounds, both included; commander names the option and the value when it is not one. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max))
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** An option that may be given several times. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`)
    .argParser((text, before: readonly string[]) => [...before, text])
    .default([], 'none');
}

/** Whose server a command asks: that of `$KUBECONFIG`, as kubectl does, else the hub of an `up` in the working directory. */
const kubeconfigDefault = process.env['KUBECONFIG'] || `${defaultDataFolder}/hub/kubeconfig`;

/** `--kubeconfig`. @param server whose it is: `the hub`, `the server`. */
export function kubeconfigOption(server: string): Option {
  return new Option('--kubeconfig <file>', `kubeconfig of ${server}`).default(
    kubeconfigDefault,
    `$KUBECONFIG, else "${defaultDataFolder}/hub/kubeconfig"`,
  );
}
