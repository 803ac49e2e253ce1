/** A bug of ours. Nobody catches it but the outermost loop, which logs, flushes and exits non-zero. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/**
 * States something that only a bug of ours can make false. Stays on in production.
 * @throws {AssertionFailure} when `condition` is false.
 */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new AssertionFailure(message);
}
