import { isDeepStrictEqual } from 'node:util';
import type { Difference } from '../kernel/golden/transcript.ts';

/** The differences that are none a client may rely on: `e2e/kernel/golden/README.md` says which may be, and why. */
export function realOf(found: readonly Difference[]): readonly Difference[] {
  return found.filter(({ unmet, extra }) => {
    const theirs = unmet.map(toClient).flatMap((line) => line.split('\n'));
    return !isDeepStrictEqual(letters(theirs), letters(extra)) && !theirs.some(quotesStructs);
  });
}

/** What cannot be merged or read is the client's failure, and there is no etcd. */
function toClient(line: string): string {
  if (line === '<<< 500') return '<<< 400';
  if (line === 'code: 500') return 'code: 400\nreason: BadRequest';
  return line.replace(/StorageError: invalid object, .*? AdditionalErrorMsg: /, '');
}

/** What may change of a pod is followed by how two Go structs differ. */
const quotesStructs = (line: string) => line.includes('updates may not change fields other than');

/**
 * Conditions of several controllers and errors in several fields have no order there; one error is said three times among the
 * causes; the second of two managers that apply the same has no time.
 */
function letters(lines: readonly string[]): ReadonlySet<string> {
  const telling = lines.filter((line) => line.trim() !== 'time: TIME' && line.trim() !== 'reason: FieldValueInvalid');
  return new Set(telling.map((line) => Buffer.from(line).toSorted().toHex()));
}
