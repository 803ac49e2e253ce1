import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { encodeOpenApiV2 } from '../../schema/openapi-protobuf.ts';
import { componentSchemas, definitionsV2 } from '../../schema/openapi.ts';
import type { ServedGroup, ServedVersion } from '../discovery.ts';
import { type CachedDocument, documentOfBytes, makeDocument } from '../documents.ts';
import { groupVersionPaths, type Paths } from './paths.ts';

/** Everything OpenAPI documents are made from. */
export interface OpenApiSources {
  /** Stored and computed kinds. */
  readonly definitions: readonly KindDefinition[];
  readonly groups: readonly ServedGroup[];
  /** Version of the product. */
  readonly productVersion: string;
}

/** The OpenAPI v3 document of one group and version. */
export function openApiV3(sources: OpenApiSources, group: ServedGroup, version: ServedVersion): CachedDocument {
  const { schemas, kindNames } = componentSchemas(sources.definitions, group.name, version.name);
  const schemaOf = (kind: string) => kindNames.get(kind);
  return makeDocument({
    openapi: '3.0.0',
    info: infoOf(sources),
    paths: groupVersionPaths({ group, version, schemaOf, dialect: 'v3' }),
    components: { schemas },
  });
}

/**
 * The OpenAPI v2 document of everything, as JSON text. Paths are written group by group: with hundreds of custom groups they
 * would be the largest object a server ever holds, for nothing.
 */
export function openApiV2Json(sources: OpenApiSources): CachedDocument {
  const { schemas, kindNames } = definitionsV2(sources.definitions);
  const fields: string[] = [];
  for (const paths of groupPathsV2(sources, kindNames)) {
    const text = JSON.stringify(paths);
    if (text !== '{}') fields.push(text.slice(1, -1));
  }
  const head = JSON.stringify({ swagger: '2.0', info: infoOf(sources) }).slice(0, -1);
  const text = `${head},"paths":{${fields.join(',')}},"definitions":${JSON.stringify(schemas)}}`;
  return documentOfBytes(Buffer.from(text));
}

/** The OpenAPI v2 document of everything in the protobuf form of gnostic. */
export function openApiV2Protobuf(sources: OpenApiSources): CachedDocument {
  return documentOfBytes(encodeOpenApiV2(openApiV2(sources)));
}

function openApiV2(sources: OpenApiSources): JsonObject {
  const { schemas, kindNames } = definitionsV2(sources.definitions);
  const paths: Record<string, unknown> = Object.assign({}, ...groupPathsV2(sources, kindNames));
  const document: unknown = { swagger: '2.0', info: infoOf(sources), paths, definitions: schemas };
  return isJsonObject(document) ? document : {};
}

function* groupPathsV2({ groups }: OpenApiSources, kindNames: ReadonlyMap<string, string>): Iterable<Paths> {
  for (const group of groups) {
    for (const version of group.versions) {
      const schemaOf = (kind: string) => kindNames.get(`${group.name}/${version.name}/${kind}`);
      yield groupVersionPaths({ group, version, schemaOf, dialect: 'v2' });
    }
  }
}

function infoOf({ productVersion }: OpenApiSources) {
  return { title: 'Planform', version: productVersion };
}
