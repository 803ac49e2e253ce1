import { metaPackage } from '../../schema/openapi-names.ts';
import type { OpenApiDialect } from '../../schema/openapi.ts';

/** Group, version and kind as OpenAPI extensions name them. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** What one operation on a path does. */
export interface OperationDraft {
  /** Value of `x-kubernetes-action`. */
  readonly action: 'get' | 'list' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection' | 'connect';
  readonly operationId: string;
  readonly description: string;
  readonly kind: GroupVersionKind;
  /** Name of the schema of the answer; absent: anything. */
  readonly answer: string | undefined;
  /** Name of the schema of the body, if there is one. */
  readonly body: string | undefined;
  readonly takesStrategicMerge: boolean;
}

interface QueryParameter {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer';
  readonly description: string;
}

const dryRun: QueryParameter = {
  name: 'dryRun',
  type: 'string',
  description: 'With "All" everything is checked and nothing is stored.',
};
const fieldManager: QueryParameter = {
  name: 'fieldManager',
  type: 'string',
  description: 'Name under which managedFields records who wrote.',
};
const fieldValidation: QueryParameter = {
  name: 'fieldValidation',
  type: 'string',
  description: 'What happens to unknown and duplicate fields: Ignore, Warn or Strict.',
};
const force: QueryParameter = {
  name: 'force',
  type: 'boolean',
  description: 'Apply only: takes over fields that others own.',
};
const listParameters: readonly QueryParameter[] = [
  { name: 'allowWatchBookmarks', type: 'boolean', description: 'Watch: also sends BOOKMARK events.' },
  { name: 'continue', type: 'string', description: 'Goes on where the page with this token ended.' },
  { name: 'fieldSelector', type: 'string', description: 'Limits the answer to objects with these fields.' },
  { name: 'labelSelector', type: 'string', description: 'Limits the answer to objects with these labels.' },
  { name: 'limit', type: 'integer', description: 'Most objects on one page; all when absent or 0.' },
  { name: 'resourceVersion', type: 'string', description: 'How fresh the answer must be.' },
  { name: 'resourceVersionMatch', type: 'string', description: 'How resourceVersion is meant.' },
  { name: 'sendInitialEvents', type: 'boolean', description: 'Watch: begins with the objects there are.' },
  { name: 'timeoutSeconds', type: 'integer', description: 'Watch: ends after this long.' },
  { name: 'watch', type: 'boolean', description: 'Answers with a stream of changes instead of a list.' },
];
/** What the watch of a collection is asked for, and nothing else. */
const watchOnly = new Set(['allowWatchBookmarks', 'watch']);
const pretty: QueryParameter = {
  name: 'pretty',
  type: 'string',
  description: 'With "true" JSON is indented, for people.',
};
const deleteParameters: readonly QueryParameter[] = [
  dryRun,
  { name: 'gracePeriodSeconds', type: 'integer', description: 'Seconds until the object goes; 0 at once.' },
  { name: 'orphanDependents', type: 'boolean', description: 'Deprecated: true is propagationPolicy Orphan.' },
  { name: 'propagationPolicy', type: 'string', description: 'Orphan, Background or Foreground.' },
];

const parametersOf: Readonly<Record<OperationDraft['action'], readonly QueryParameter[]>> = {
  get: [],
  list: listParameters,
  post: [dryRun, fieldManager, fieldValidation],
  put: [dryRun, fieldManager, fieldValidation],
  patch: [dryRun, fieldManager, fieldValidation, force],
  delete: deleteParameters,
  deletecollection: [...deleteParameters, ...listParameters.filter(({ name }) => !watchOnly.has(name))],
  connect: [],
};

const objectTypes = ['application/json', 'application/yaml'];
const patchTypes = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];
const strategicType = 'application/strategic-merge-patch+json';

/** One operation in either dialect, with the extensions kubectl looks for. */
export function operation(draft: OperationDraft, dialect: OpenApiDialect): Readonly<Record<string, unknown>> {
  const { action, operationId, description, kind, body } = draft;
  const query = [...parametersOf[action], pretty].map((parameter) => queryParameter(parameter, dialect));
  const shared = {
    description,
    operationId,
    tags: [`${groupIdOf(kind.group)}_${kind.version}`],
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': kind,
  };
  const consumes =
    action === 'patch' ? [...patchTypes, ...(draft.takesStrategicMerge ? [strategicType] : [])] : objectTypes;
  if (dialect === 'v2') {
    return {
      ...shared,
      consumes,
      produces: objectTypes,
      parameters: [...query, ...(body === undefined ? [] : [bodyParameter(body, action)])],
      responses: answersV2(draft),
    };
  }
  return {
    ...shared,
    parameters: query,
    ...(body === undefined
      ? {}
      : { requestBody: { required: action !== 'delete', content: contentV3(consumes, body) } }),
    responses: answersV3(draft),
  };
}

/** A part of the path in braces. */
export function pathParameter(name: string, description: string, dialect: OpenApiDialect): unknown {
  const shared = { name, in: 'path', required: true, description, uniqueItems: true };
  if (dialect === 'v2') return { ...shared, type: 'string' };
  const { uniqueItems, ...rest } = shared;
  return { ...rest, schema: { type: 'string', uniqueItems } };
}

function queryParameter({ name, type, description }: QueryParameter, dialect: OpenApiDialect): unknown {
  const shared = { name, in: 'query', description };
  return dialect === 'v2' ? { ...shared, type, uniqueItems: true } : { ...shared, schema: { type, uniqueItems: true } };
}

function bodyParameter(schema: string, action: OperationDraft['action']): unknown {
  return { name: 'body', in: 'body', required: action !== 'delete', schema: { $ref: `#/definitions/${schema}` } };
}

function contentV3(types: readonly string[], schema: string): unknown {
  return Object.fromEntries(types.map((type) => [type, { schema: { $ref: `#/components/schemas/${schema}` } }]));
}

function answersV2({ action, answer }: OperationDraft): unknown {
  const schema = answer === undefined ? {} : { schema: { $ref: `#/definitions/${answer}` } };
  const entries = successCodes(action).map(([code, description]) => [code, { description, ...schema }]);
  return Object.fromEntries([...entries, ['401', { description: 'Unauthorized' }]]);
}

function answersV3({ action, answer }: OperationDraft): unknown {
  const content = answer === undefined ? {} : { content: contentV3(objectTypes, answer) };
  const entries = successCodes(action).map(([code, description]) => [code, { description, ...content }]);
  return Object.fromEntries([...entries, ['401', { description: 'Unauthorized' }]]);
}

function successCodes(action: OperationDraft['action']): readonly (readonly [code: string, description: string])[] {
  if (action === 'post') return [['201', 'Created']];
  if (action === 'patch' || action === 'put') {
    return [
      ['200', 'OK'],
      ['201', 'Created'],
    ];
  }
  return [['200', 'OK']];
}

/** A group as operation ids and tags name it: `certManagerIo`, `rbacAuthorization`, `core` (apiserver `ToValidOperationID`). */
export function groupIdOf(group: string): string {
  const name = group === '' ? 'core' : group.replace(/\.k8s\.io$/, '');
  return name.replaceAll(/[^A-Za-z0-9]+(.)/g, (_, next: string) => next.toUpperCase());
}

/** Name of the schema of any patch. */
export const patchSchemaName = `${metaPackage}.Patch`;
/** Name of the schema of a Status. */
export const statusSchemaName = `${metaPackage}.Status`;
