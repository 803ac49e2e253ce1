import { ApiError } from '../../meta/errors.ts';

const newline = 0x0a;

/**
 * Splits a stream of bytes into lines (without their ends). A last line without an end is dropped: the stream was cut.
 * @throws {ApiError} `RequestEntityTooLarge` for a line of more than `lineBytesMax`.
 */
export async function* splitLines(body: AsyncIterable<Uint8Array>, lineBytesMax: number): AsyncGenerator<Buffer, void> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  for await (const bytes of body) {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end);
      checkLine(waitingBytes + rest.byteLength, lineBytesMax);
      yield waitingBytes === 0 ? rest : Buffer.concat([...waiting, rest]);
      waiting = [];
      waitingBytes = 0;
      start = end + 1;
    }
    if (start === chunk.byteLength) continue;
    waiting.push(chunk.subarray(start));
    waitingBytes += chunk.byteLength - start;
    checkLine(waitingBytes, lineBytesMax);
  }
}

function checkLine(byteCount: number, lineBytesMax: number): void {
  if (byteCount <= lineBytesMax) return;
  throw new ApiError('RequestEntityTooLarge', `Cannot read a line of ${byteCount} bytes: limit is ${lineBytesMax}`);
}
