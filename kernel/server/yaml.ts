import { isMap, isScalar, isSeq, LineCounter, parseDocument, stringify, type Document } from 'yaml';
import { ApiError } from '../meta/errors.ts';
import { encodeJson, parseJson } from '../meta/json.ts';
import { isJsonObject } from '../meta/object.ts';
import type { DecodedBody } from '../ports/resources.ts';

/** Most expansions of YAML aliases in one document. */
const aliasesMax = 100;
/** Most duplicate fields reported for one document. */
const duplicateFieldsMax = 100;

/**
 * Reads one YAML object with the scalars that Kubernetes knows (go-yaml v2: `yes` and `on` are true; times and
 * sexagesimal numbers are text). Null is a patch without fields, as for Go.
 * @throws {ApiError} `BadRequest` with the line of the mistake.
 */
export function parseYamlObject(bytes: Uint8Array, { isPatch = false } = {}): DecodedBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    version: '1.1',
    lineCounter,
    uniqueKeys: false,
    logLevel: 'error', // its warnings would go to the console of the server
    customTags: (tags) =>
      tags.filter((tag) => typeof tag === 'string' || !(tag.tag.endsWith(':timestamp') || tag.format === 'TIME')),
  });
  const [problem] = document.errors;
  if (problem?.code === 'MULTIPLE_DOCS') {
    throw new ApiError('BadRequest', 'Cannot read the body: it holds several YAML documents, send one at a time');
  }
  if (problem !== undefined) {
    throw new ApiError('BadRequest', `Cannot parse YAML: ${problem.message}`, {}, { cause: problem });
  }
  const found: Duplicate[] = [];
  collectDuplicates(document.contents, '', found);
  const duplicates = {
    duplicateFields: [...new Set(found.map(({ path }) => path))],
    duplicateLines: found.map(
      ({ name, at }) => `line ${lineCounter.linePos(at).line}: key "${name}" already set in map`,
    ),
  };
  // Through JSON once more, so that depth and field names are bounded exactly as for JSON bodies.
  const { value } = parseJson(encodePlain(document));
  if (isJsonObject(value)) return { value, ...duplicates };
  if (!isPatch) throw new ApiError('BadRequest', 'Cannot read the body: it is not a YAML mapping');
  if (value === null) return { value: {}, ...duplicates };
  const type = Array.isArray(value) ? 'array' : goTypes[typeof value];
  const why = `json: cannot unmarshal ${type} into Go value of type map[string]interface {}`;
  throw new ApiError('BadRequest', `error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
}

const goTypes: Readonly<Record<string, string>> = { string: 'string', number: 'number', boolean: 'bool' };

/** Text of a JSON value as YAML. */
export function formatYaml(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}

function encodePlain(document: Document.Parsed): Uint8Array {
  try {
    return encodeJson(document.toJS({ maxAliasCount: aliasesMax }) ?? null);
  } catch (cause) {
    const isBomb = cause instanceof ReferenceError && cause.message.startsWith('Excessive alias count');
    // What JSON cannot say is only ever an alias inside of what it stands for.
    const isCircle = cause instanceof TypeError;
    const why = isBomb
      ? `its aliases expand more than ${aliasesMax} times`
      : isCircle
        ? 'an alias stands inside of what it refers to'
        : (cause as Error).message;
    throw new ApiError('BadRequest', `Cannot parse YAML: ${why}`, {}, { cause });
  }
}

/** A field whose name stood before in the same mapping. */
interface Duplicate {
  readonly path: string;
  readonly name: string;
  /** Offset of the name in the text. */
  readonly at: number;
}

/** @throws {ApiError} `BadRequest` for a field name that is a mapping or a list: JSON has no such thing. */
function collectDuplicates(node: unknown, path: string, found: Duplicate[]): void {
  if (isSeq(node)) node.items.forEach((item, index) => collectDuplicates(item, `${path}[${index}]`, found));
  if (!isMap(node)) return;
  const names = new Set<string>();
  for (const { key, value } of node.items) {
    if (isMap(key) || isSeq(key)) {
      throw new ApiError('BadRequest', `Cannot parse YAML: a field name of "${path}" is no text`);
    }
    const name = isScalar(key) ? String(key.value) : String(key);
    const fieldPath = path === '' ? name : `${path}.${name}`;
    if (names.has(name) && found.length < duplicateFieldsMax) {
      found.push({ path: fieldPath, name, at: isScalar(key) ? (key.range?.[0] ?? 0) : 0 });
    }
    names.add(name);
    collectDuplicates(value, fieldPath, found);
  }
}
