import { type Command, InvalidArgumentError, Option } from 'commander';
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

/** Which server a command asks; absent as kubectl has it: the files of `$KUBECONFIG`, their current context. */
export interface ServerChoice {
  /** One file. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
}

/** Which namespace of which server a command is about; absent: that of the context, else `default`. */
export interface PlaceChoice extends ServerChoice {
  readonly namespace?: string | undefined;
}

/** Adds `--kubeconfig` and `--context`. @param server whose it is: `the hub`, `the server`. */
export function addServerChoice(command: Command, server: string): Command {
  return command
    .option(
      '--kubeconfig <file>',
      `kubeconfig of ${server} (default: $KUBECONFIG, else "${defaultDataFolder}/hub/kubeconfig")`,
    )
    .option('--context <name>', 'context of the kubeconfig (default: the current one)');
}

/** Adds `--kubeconfig` and `--context` to a command that asks the server of a data folder otherwise. */
export function addOtherServerChoice(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'ask the server of this kubeconfig instead, wherever it runs')
    .option('--context <name>', 'ask the server of this context instead');
}

/** Whether the command line says which server. */
export function isServerNamed({ kubeconfig, context }: ServerChoice): boolean {
  return kubeconfig !== undefined || context !== undefined;
}

/** Adds `-n`. @param of what is in it: `the object`. */
export function addNamespaceChoice(command: Command, of: string): Command {
  return command.option('-n, --namespace <name>', `namespace of ${of} (default: that of the context, else "default")`);
}
