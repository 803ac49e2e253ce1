import type { Environment, Variable } from '../cel/compile.ts';
import { type FieldType, listType, mapType, objectType, opaqueType, type Type, types } from '../cel/types.ts';

/**
 * What expressions of admission policies and of `matchConditions` may refer to (Kubernetes
 * `admission/plugin/cel/compile.go`, `mutation/…`): types of the variables. Objects are dyn, as upstream: one policy is for
 * many kinds.
 */

function record(name: string, fields: Readonly<Record<string, Type>>): Type {
  const entries = Object.entries(fields).map(([field, type]): [string, FieldType] => [
    field,
    { type, jsonName: field },
  ]);
  return objectType(name, new Map(entries));
}

const { string, bool, dyn, int } = types;
const texts = mapType(string, string);

const kindType = record('kubernetes.GroupVersionKind', { group: string, version: string, kind: string });
const resourceType = record('kubernetes.GroupVersionResource', { group: string, version: string, resource: string });
const userType = record('kubernetes.UserInfo', {
  username: string,
  uid: string,
  groups: listType(string),
  extra: mapType(string, listType(string)),
});

const requestType = record('kubernetes.AdmissionRequest', {
  kind: kindType,
  resource: resourceType,
  subResource: string,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: userType,
  dryRun: bool,
  options: dyn,
});

const namespaceMetadata = record('kubernetes.NamespaceMetadata', {
  name: string,
  generateName: string,
  namespace: string,
  labels: texts,
  annotations: texts,
  UID: string,
  creationTimestamp: types.timestamp,
  deletionGracePeriodSeconds: int,
  deletionTimestamp: types.timestamp,
  generation: int,
  resourceVersion: string,
  finalizers: listType(string),
});

const namespaceType: Type = {
  ...record('kubernetes.Namespace', {
    metadata: namespaceMetadata,
    spec: record('kubernetes.NamespaceSpec', { finalizers: listType(string) }),
    status: record('kubernetes.NamespaceStatus', { phase: string }),
  }),
  isNullable: true,
};

/** Which variables there are besides `object`, `oldObject`, `request` and `namespaceObject`. */
export interface AvailableVariables {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** Types of `variables.<name>`. Absent: there is no `variables`. */
  readonly variables?: ReadonlyMap<string, Type>;
  /** True for expressions that make changes: `Object{…}`, `JSONPatch{…}`, `jsonpatch.escapeKey`. Default false. */
  readonly makesPatches?: boolean;
  /** What is known of `object`, `oldObject` and `params`. Default: nothing. */
  readonly object?: Type;
  readonly params?: Type;
}

/** The environment of an expression. @param mode see `Environment`. */
export function policyEnvironment(available: AvailableVariables, mode: 'new' | 'stored'): Environment {
  const { hasParams, hasAuthorizer, variables, object = dyn, params = dyn } = available;
  const found: Record<string, Variable> = {
    object: { type: object },
    oldObject: { type: object },
    request: { type: requestType, isTrusted: true },
    namespaceObject: { type: namespaceType },
  };
  if (hasParams) found['params'] = { type: params };
  if (hasAuthorizer) {
    found['authorizer'] = { type: opaqueType('kubernetes.authorization.Authorizer') };
    found['authorizer.requestResource'] = { type: opaqueType('kubernetes.authorization.ResourceCheck') };
  }
  if (variables !== undefined) {
    const fields = [...variables].map(([name, type]): [string, FieldType] => [name, { type, jsonName: name }]);
    // Made by getters that evaluate an expression of that very type.
    found['variables'] = { type: objectType('kubernetes.variables', new Map(fields)), isTrusted: true };
  }
  return { variables: found, mode, dialect: available.makesPatches === true ? 'patches' : 'kubernetes' };
}
