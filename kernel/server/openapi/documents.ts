import type { KindDefinition } from '../../schema/kind.ts';
import { componentSchemas } from '../../schema/openapi.ts';
import type { ServedGroup, ServedVersion } from '../discovery.ts';
import { type CachedDocument, makeDocument } from '../documents.ts';
import { groupVersionPaths } from './paths.ts';

/** Everything OpenAPI documents are made from. */
export interface OpenApiSources {
  /** Stored and computed kinds. */
  readonly definitions: readonly KindDefinition[];
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

/** The `info` of a document. */
export function infoOf({ productVersion }: Pick<OpenApiSources, 'productVersion'>): { title: string; version: string } {
  return { title: 'Planform', version: productVersion };
}
