import { ApiError } from '../../../kernel/meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../../kernel/meta/object.ts';

/** Longest line of a session stream, characters. */
const lineLengthMax = 256 * 1024;

/** The lines of a session stream. @throws {ApiError} `BadRequest` when one is too long or no JSON object. */
export async function* sessionLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<JsonObject, void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parseLine(line);
    if (rest.length > lineLengthMax)
      throw new ApiError('BadRequest', `A line of the session has more than ${lineLengthMax} characters`);
  }
}

function parseLine(line: string): JsonObject {
  try {
    const value: unknown = JSON.parse(line);
    if (isJsonObject(value)) return value;
  } catch (cause) {
    throw new ApiError('BadRequest', 'A line of the session is no JSON', {}, { cause });
  }
  throw new ApiError('BadRequest', 'A line of the session is no JSON object');
}
