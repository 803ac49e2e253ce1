/** Exit codes of the command, the same for every subcommand. */
export const exitCodes = {
  done: 0,
  /** Something failed; the message says what. */
  failed: 1,
  /** The command line was not understood. */
  usage: 2,
  /** The question was answered, and the answer is that something is not as wanted. */
  unhealthy: 3,
} as const;

/** An expected failure: printed as one message with a hint, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** What the person can do about it; shown on its own line. */
  readonly hint: string | undefined;
  /** The option to change, for example `--port`; for a caller that chose its value. */
  readonly option: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions & { readonly option?: string }) {
    super(message, options);
    this.hint = hint;
    this.option = options?.option;
  }
}

/** The command line itself is wrong, whatever files and servers there are: exit code 2. */
export class UsageError extends CommandError {}
