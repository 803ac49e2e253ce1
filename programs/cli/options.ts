import { InvalidArgumentError, Option } from 'commander';

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
