import type { OpenApiDialect } from '../../schema/openapi.ts';
import { deleteOptionsName } from '../../schema/openapi.ts';
import type { ServedGroup, ServedResource, ServedSubresource, ServedVersion } from '../discovery.ts';
import {
  groupIdOf,
  type GroupVersionKind,
  operation,
  type OperationDraft,
  patchSchemaName,
  pathParameter,
  statusSchemaName,
} from './operations.ts';

/** The `paths` of an OpenAPI document. */
export type Paths = Readonly<Record<string, unknown>>;

/** What the paths of one group and version are made from. */
export interface PathSources {
  readonly group: ServedGroup;
  readonly version: ServedVersion;
  /** Name of the schema of a kind. */
  readonly schemaOf: (kind: string) => string | undefined;
  readonly dialect: OpenApiDialect;
}

/** Paths of one resource, as used below. */
interface ResourcePaths {
  readonly resource: ServedResource;
  readonly kind: GroupVersionKind;
  readonly schema: string | undefined;
  /** Middle of operation ids: `AppsV1NamespacedDeployment`. */
  readonly idStem: string;
  readonly dialect: OpenApiDialect;
  readonly sources: PathSources;
}

/** All paths of one group and version, each with its operations. */
export function groupVersionPaths(sources: PathSources): Paths {
  const { group, version } = sources;
  const root = group.name === '' ? `/api/${version.name}` : `/apis/${group.name}/${version.name}`;
  return Object.assign({}, ...version.resources.map((resource) => resourcePaths(root, resource, sources))) as Paths;
}

function resourcePaths(root: string, resource: ServedResource, sources: PathSources): Paths {
  const { definition } = resource;
  const { group, version, dialect } = sources;
  const isNamespaced = definition.scope === 'Namespaced';
  const kind = { group: group.name, version: version.name, kind: definition.kind };
  const idStem = `${camel(groupIdOf(group.name))}${camel(version.name)}${isNamespaced ? 'Namespaced' : ''}${definition.kind}`;
  const schema = sources.schemaOf(definition.kind);
  const paths: ResourcePaths = { resource, kind, schema, idStem, dialect, sources };
  const collection = isNamespaced
    ? `${root}/namespaces/{namespace}/${definition.plural}`
    : `${root}/${definition.plural}`;
  const inNamespace = isNamespaced ? [namespaceParameter(dialect)] : [];
  const named = [pathParameter('name', `Name of the ${definition.kind}.`, dialect), ...inNamespace];
  return {
    ...(isNamespaced && has(resource, 'list') ? { [`${root}/${definition.plural}`]: allNamespaces(paths) } : {}),
    [collection]: { ...collectionOperations(paths), ...withParameters(inNamespace) },
    ...(has(resource, 'get')
      ? { [`${collection}/{name}`]: { ...objectOperations(paths), ...withParameters(named) } }
      : {}),
    ...Object.fromEntries(
      resource.subresources.map((subresource) => [
        `${collection}/{name}/${subresource.name}`,
        { ...subresourceOperations(paths, subresource), ...withParameters(named) },
      ]),
    ),
  };
}

function allNamespaces(paths: ResourcePaths): unknown {
  const { kind, idStem } = paths;
  const operationId = `list${idStem.replace('Namespaced', '')}ForAllNamespaces`;
  return {
    get: make(paths, { action: 'list', operationId, description: `List ${kind.kind} objects of all namespaces.` }),
  };
}

function collectionOperations(paths: ResourcePaths): Readonly<Record<string, unknown>> {
  const { resource, kind, idStem, schema } = paths;
  const list = {
    action: 'list',
    operationId: `list${idStem}`,
    description: `List or watch ${kind.kind} objects.`,
  } as const;
  const create = {
    action: 'post',
    operationId: `create${idStem}`,
    description: `Create a ${kind.kind}.`,
    body: schema,
  } as const;
  const clear = {
    action: 'deletecollection',
    operationId: `deleteCollection${idStem}`,
    description: `Delete ${kind.kind} objects.`,
    body: deleteOptionsName,
  } as const;
  return {
    ...(has(resource, 'list') ? { get: make(paths, list) } : {}),
    ...(has(resource, 'create') ? { post: make(paths, create) } : {}),
    ...(has(resource, 'deletecollection') ? { delete: make(paths, clear) } : {}),
  };
}

function objectOperations(paths: ResourcePaths): Readonly<Record<string, unknown>> {
  const { kind, idStem, schema } = paths;
  return {
    ...fieldOperations(paths, idStem, schema, `the ${kind.kind}`),
    delete: make(paths, {
      action: 'delete',
      operationId: `delete${idStem}`,
      description: `Delete a ${kind.kind}.`,
      body: deleteOptionsName,
    }),
  };
}

/** Reading and writing an object or a part of it. */
function fieldOperations(
  paths: ResourcePaths,
  idStem: string,
  schema: string | undefined,
  what: string,
): Readonly<Record<string, unknown>> {
  const answer = schema;
  return {
    get: make(paths, { action: 'get', operationId: `read${idStem}`, description: `Read ${what}.`, answer }),
    put: make(paths, {
      action: 'put',
      operationId: `replace${idStem}`,
      description: `Replace ${what}.`,
      body: schema,
      answer,
    }),
    patch: make(paths, {
      action: 'patch',
      operationId: `patch${idStem}`,
      description: `Patch or apply ${what}.`,
      body: patchSchemaName,
      answer,
    }),
  };
}

function subresourceOperations(
  paths: ResourcePaths,
  subresource: ServedSubresource,
): Readonly<Record<string, unknown>> {
  const { name, group, version, kind, verbs } = subresource;
  const idStem = `${paths.idStem}${camel(name)}`;
  const what = `the ${name} of the ${paths.kind.kind}`;
  const schema = paths.sources.schemaOf(kind);
  const own: ResourcePaths = { ...paths, kind: { group, version, kind }, schema };
  if (verbs.includes('patch') && verbs.includes('update')) return fieldOperations(own, idStem, schema, what);
  const method = verbs.includes('get') ? 'get' : 'post';
  const action = method === 'get' ? 'get' : 'connect';
  return {
    [method]: make(own, { action, operationId: `${action}${idStem}`, description: `Use ${what}.`, answer: schema }),
  };
}

type PartialDraft = Pick<OperationDraft, 'action' | 'operationId' | 'description'> &
  Partial<Pick<OperationDraft, 'body' | 'answer'>>;

function make(paths: ResourcePaths, draft: PartialDraft): Readonly<Record<string, unknown>> {
  const { kind, dialect, resource } = paths;
  const takesStrategicMerge = resource.definition.strategicMerge === true;
  return operation({ kind, takesStrategicMerge, body: undefined, answer: answerOf(paths, draft), ...draft }, dialect);
}

function answerOf({ schema }: ResourcePaths, { action }: PartialDraft): string | undefined {
  if (action === 'delete' || action === 'deletecollection') return statusSchemaName;
  return action === 'list' && schema !== undefined ? `${schema}List` : schema;
}

function namespaceParameter(dialect: OpenApiDialect): unknown {
  return pathParameter('namespace', 'Namespace of the object.', dialect);
}

function withParameters(parameters: readonly unknown[]): { readonly parameters?: readonly unknown[] } {
  return parameters.length === 0 ? {} : { parameters };
}

function has({ verbs }: ServedResource, verb: string): boolean {
  return verbs.includes(verb);
}

function camel(text: string): string {
  return (
    text.charAt(0).toUpperCase() + text.slice(1).replaceAll(/[-.](\w)/g, (_, letter: string) => letter.toUpperCase())
  );
}
