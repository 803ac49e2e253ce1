import { isJsonObject, type JsonObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { encodeOpenApiV2 } from '../../schema/openapi-protobuf.ts';
import { componentSchemas, definitionsV2 } from '../../schema/openapi.ts';
import type { ServedGroup, ServedVersion } from '../discovery.ts';
import { type CachedDocument, documentOfBytes, makeDocument } from '../documents.ts';
import { groupVersionPaths } from './paths.ts';

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

/** The OpenAPI v2 document of everything, as JSON text. */
export function openApiV2Json(sources: OpenApiSources): CachedDocument {
  return makeDocument(openApiV2(sources));
}

/** The OpenAPI v2 document of everything in the protobuf form of gnostic. */
export function openApiV2Protobuf(sources: OpenApiSources): CachedDocument {
  return documentOfBytes(encodeOpenApiV2(openApiV2(sources)));
}

function openApiV2(sources: OpenApiSources): JsonObject {
  const { schemas, kindNames } = definitionsV2(sources.definitions);
  const paths: Record<string, unknown> = {};
  for (const group of sources.groups) {
    for (const version of group.versions) {
      const schemaOf = (kind: string) => kindNames.get(`${group.name}/${version.name}/${kind}`);
      Object.assign(paths, groupVersionPaths({ group, version, schemaOf, dialect: 'v2' }));
    }
  }
  const document: unknown = { swagger: '2.0', info: infoOf(sources), paths, definitions: schemas };
  return isJsonObject(document) ? document : {};
}

function infoOf({ productVersion }: OpenApiSources) {
  return { title: 'Planform', version: productVersion };
}
