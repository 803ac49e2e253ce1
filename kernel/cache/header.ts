import { assert } from '../base/assert.ts';
import type { KubeObject } from '../meta/object.ts';

const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;
const letterM = 0x6d;

/**
 * `apiVersion`, `kind` and `metadata` without `managedFields` of an object as `encodeObject` wrote it: these come first, and
 * managedFields last in metadata. What follows is not looked at, so this costs a fraction of parsing the whole.
 */
export function parseHeader(bytes: Buffer): KubeObject {
  return JSON.parse(`${bytes.toString('utf8', 0, headerEnd(bytes, metadataStart(bytes)))}}}`) as KubeObject;
}

/** Behind the first brace inside the object: `apiVersion` and `kind` are texts. */
function metadataStart(bytes: Buffer): number {
  for (let at = 1; at < bytes.length; at++) {
    if (bytes[at] === quote) at = stringEnd(bytes, at);
    else if (bytes[at] === openBrace) return at + 1;
  }
  assert(false, 'Encoded objects have metadata');
}

/** Where the part of metadata that is wanted ends, without the comma or brace that follows. */
function headerEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === quote) {
      const end = stringEnd(bytes, at);
      // Of the names in metadata only that of managedFields begins with an m; `encodeObject` writes no others.
      const isManagedFields = depth === 0 && bytes[at + 1] === letterM && bytes[end + 1] === colon;
      if (isManagedFields) return bytes[at - 1] === comma ? at - 1 : at;
      at = end;
    } else if (byte === openBrace || byte === openBracket) depth++;
    else if (byte === closeBracket) depth--;
    else if (byte === closeBrace && depth-- === 0) return at;
  }
  assert(false, 'Metadata of an encoded object comes to an end');
}

/** The closing quote of the text that begins at a quote. */
function stringEnd(bytes: Buffer, at: number): number {
  let end = at + 1;
  while (end < bytes.length && bytes[end] !== quote) end += bytes[end] === backslash ? 2 : 1;
  return end;
}
