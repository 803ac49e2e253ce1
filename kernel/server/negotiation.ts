import { ApiError } from '../meta/errors.ts';

/** The form in which an object, a list or an event is answered. */
export interface Representation {
  /**
   * `object`: as stored; `table`: rows and columns for people (`meta.k8s.io Table`); `metadata`: nothing but metadata
   * (`PartialObjectMetadata`).
   */
  readonly shape: 'object' | 'table' | 'metadata';
  /** Version of meta.k8s.io for `table` and `metadata`. */
  readonly metaVersion: 'v1' | 'v1beta1';
  readonly encoding: 'json' | 'yaml';
}

/** One clause of an Accept header. */
export interface AcceptClause {
  /** Lower case, for example `application/json`. */
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Media types of answers. */
const answerTypes = ['application/json', 'application/yaml'] as const;
/** Accept headers remembered; clients send very few different ones. */
const rememberedMax = 256;
/** Longest Accept header that is looked at, characters. */
const acceptCharactersMax = 2_048;
/** Most clauses of an Accept header that are looked at. */
const clausesMax = 32;

/** Plain JSON objects: what most programs ask for. */
export const plainJson: Representation = { shape: 'object', metaVersion: 'v1', encoding: 'json' };

const remembered = new Map<string, Representation>();

/**
 * Chooses the form of an answer from an Accept header: the first clause (by weight, then by order) that can be served.
 * Protobuf clauses are passed over: every Kubernetes client that sends one accepts JSON as well.
 * @throws {ApiError} `NotAcceptable`, listing what is served.
 */
export function negotiate(accept: string | undefined): Representation {
  if (accept === undefined || accept === 'application/json' || accept === '*/*' || accept === '') return plainJson;
  const known = remembered.get(accept);
  if (known !== undefined) return known;
  for (const clause of parseAccept(accept)) {
    const representation = representationOf(clause);
    if (representation === undefined) continue;
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(accept, representation);
    return representation;
  }
  throw new ApiError(
    'NotAcceptable',
    `only the following media types are accepted: ${answerTypes.join(', ')}, application/vnd.kubernetes.protobuf`,
  );
}

/** True if what has no form but its encoding is to be in YAML: refusals are. */
export function prefersYaml(accept: string | undefined): boolean {
  if (accept?.includes('yaml') !== true) return false;
  const [first] = parseAccept(accept).flatMap(({ mediaType }) => encodingOf(mediaType) ?? []);
  return first === 'yaml';
}

/** Clauses of an Accept header, heaviest first; clauses of equal weight keep their order (RFC 9110 §12.5.1). */
export function parseAccept(accept: string): readonly AcceptClause[] {
  const clauses = accept.slice(0, acceptCharactersMax).split(',', clausesMax).map(parseClause);
  const weightOf = (clause: AcceptClause) => Number(clause.parameters.get('q') ?? '1');
  return clauses.filter((clause) => weightOf(clause) > 0).sort((a, b) => weightOf(b) - weightOf(a));
}

/** A media type with parameters, as it stands in Accept and Content-Type. */
export function parseClause(text: string): AcceptClause {
  const [mediaType = '', ...rest] = text.split(';');
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals > 0) parameters.set(parameter.slice(0, equals).trim(), parameter.slice(equals + 1).trim());
  }
  return { mediaType: mediaType.trim().toLowerCase(), parameters };
}

function representationOf({ mediaType, parameters }: AcceptClause): Representation | undefined {
  const encoding = encodingOf(mediaType);
  if (encoding === undefined) return undefined;
  const as = parameters.get('as');
  if (as === undefined) return { shape: 'object', metaVersion: 'v1', encoding };
  const metaVersion = parameters.get('v') ?? 'v1';
  if (parameters.get('g') !== 'meta.k8s.io' || (metaVersion !== 'v1' && metaVersion !== 'v1beta1')) return undefined;
  if (as === 'Table') return { shape: 'table', metaVersion, encoding };
  const isMetadata = as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList';
  return isMetadata ? { shape: 'metadata', metaVersion, encoding } : undefined;
}

function encodingOf(mediaType: string): 'json' | 'yaml' | undefined {
  switch (mediaType) {
    case 'application/json':
    case 'application/*':
    case '*/*':
      return 'json';
    case 'application/yaml':
    case 'text/yaml':
      return 'yaml';
    default:
      return undefined;
  }
}
