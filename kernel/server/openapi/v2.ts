import type { Clock } from '../../base/clock.ts';
import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import { findVersion, type KindDefinition } from '../../schema/kind.ts';
import { encodeOpenApiV2 } from '../../schema/openapi-protobuf.ts';
import { kindSchemaName } from '../../schema/openapi-names.ts';
import { definitionsV2 } from '../../schema/openapi.ts';
import type { ServedGroup } from '../discovery.ts';
import { type CachedDocument, joinedDocument } from '../documents.ts';
import { PackedBytes } from '../packed-bytes.ts';
import type { SurfaceDocuments } from '../surface.ts';
import { groupVersionPaths, type Paths } from './paths.ts';

/** How the document is written: JSON, or the protobuf form of gnostic. */
export type OpenApiV2Encoding = 'json' | 'protobuf';

/** What the document is made from. */
export interface OpenApiV2Sources {
  readonly documents: SurfaceDocuments;
  readonly info: JsonObject;
  readonly clock: Clock;
}

/**
 * The OpenAPI v2 document of everything. It is made of parts: the paths of each group, the schemas of all kinds that are
 * always there, the schemas of the custom kinds of each group. A part is made again only when its kinds change, and the whole
 * is never in memory: with hundreds of custom kinds it would be the largest thing a server ever holds.
 */
export function openApiV2(sources: OpenApiV2Sources, encoding: OpenApiV2Encoding): CachedDocument {
  const { documents, info, clock } = sources;
  const lasting = documents.definitions().filter(({ custom }) => custom === undefined);
  const shared = documents.kept(`openapi v2 ${encoding} shared`, lasting, () => {
    const { schemas } = definitionsV2(lasting);
    return { names: new Set(Object.keys(schemas)), part: makePart('definitions', schemas, encoding) };
  });
  const groups = documents.groups();
  const paths = groups.map((group) => pathsPart(documents, group, encoding));
  const own = groups.map(({ name }) => customPart(documents, name, shared.names, encoding));
  const schemas = [shared.part, ...own];
  const head = { swagger: '2.0', info };
  if (encoding === 'protobuf') {
    // Repeated parts of one message are read as one (protobuf encoding, "last one wins").
    return joinedDocument([new PackedBytes(encodeOpenApiV2(head)), ...paths, ...schemas], clock);
  }
  const start = `${JSON.stringify(head).slice(0, -1)},"paths":{`;
  return joinedDocument([start, ...separated(paths), '},"definitions":{', ...separated(schemas), '}}'], clock);
}

/** Parts that are not empty, with commas between. */
function separated(parts: readonly PackedBytes[]): readonly (PackedBytes | string)[] {
  const present = parts.filter((part) => part.byteLength > 0);
  return present.flatMap((part, index) => (index === 0 ? [part] : [',', part]));
}

function pathsPart(documents: SurfaceDocuments, group: ServedGroup, encoding: OpenApiV2Encoding): PackedBytes {
  const definitions = documents.definitionsOf(group.name);
  return documents.kept(`openapi v2 ${encoding} paths ${group.name}`, definitions, () => {
    const paths = group.versions.map((version): Paths => {
      const schemaOf = (kind: string) => schemaName(definitions, kind, version.name);
      return groupVersionPaths({ group, version, schemaOf, dialect: 'v2' });
    });
    const all: unknown = Object.assign({}, ...paths);
    return makePart('paths', isJsonObject(all) ? all : {}, encoding);
  });
}

function schemaName(definitions: readonly KindDefinition[], kind: string, version: string): string | undefined {
  const definition = definitions.find((one) => one.kind === kind);
  const isServed = definition !== undefined && findVersion(definition, version)?.served === true;
  return isServed ? kindSchemaName(definition, version) : undefined;
}

function customPart(
  documents: SurfaceDocuments,
  group: string,
  known: ReadonlySet<string>,
  encoding: OpenApiV2Encoding,
): PackedBytes {
  const definitions = documents.definitionsOf(group).filter(({ custom }) => custom !== undefined);
  return documents.kept(`openapi v2 ${encoding} schemas ${group}`, definitions, () =>
    makePart('definitions', definitions.length === 0 ? {} : definitionsV2(definitions, known).schemas, encoding),
  );
}

/** A part of one field of the document: of JSON what is between the braces, of protobuf a message with that field only. */
function makePart(field: 'paths' | 'definitions', values: JsonObject, encoding: OpenApiV2Encoding): PackedBytes {
  if (encoding === 'protobuf') return new PackedBytes(encodeOpenApiV2({ [field]: values }));
  return new PackedBytes(Buffer.from(JSON.stringify(values).slice(1, -1)));
}
