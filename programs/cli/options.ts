import { InvalidArgumentError, Option } from 'commander';

/** `--port`: 1 … 65535. */
export function portOption(description: string): Option {
  return new Option('--port <number>', description).argParser((text: string) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
      throw new InvalidArgumentError('It must be a whole number from 1 to 65535.');
    return port;
  });
}
