import type { KubeObject } from '../meta/object.ts';
import { formatApiVersion, type JsonObject, parseApiVersion } from '../meta/object.ts';
import {
  compileLabelSelector,
  labelSelectorFromObject,
  type Labels,
  type LabelSelectorObject,
} from '../meta/selectors.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { MatchResources, NamedRuleWithOperations } from '../schema/standard/types.ts';

/** Which writes a policy, a binding or a webhook is about (Kubernetes `admission/plugin/webhook/{rules,predicates}`). */

/** A write as it is matched. */
export interface MatchedWrite {
  readonly attributes: AdmissionAttributes;
  /** The object as it would be; absent for deletes. */
  readonly object: KubeObject | undefined;
  /** The version the client asked in. */
  readonly version: string;
  /** Labels of the namespace it is in, or of the Namespace it is about; `undefined` for other cluster-scoped objects. */
  readonly namespaceLabels: Labels | undefined;
}

/** Decides whether a write is matched, and in which version its object is to be looked at. */
export interface Matcher {
  /** True if writes of the resource can be matched at all: asked once for each resource, not for each write. */
  covers(definition: KindDefinition, subresource: string): boolean;
  /** @returns the version to look at the object in; `undefined` when the write is none of its business. */
  match(write: MatchedWrite): string | undefined;
}

/** The rules of a policy or webhook. */
export type MatchRules = Pick<MatchResources, 'namespaceSelector' | 'objectSelector' | 'matchPolicy'> & {
  readonly resourceRules?: readonly NamedRuleWithOperations[];
  readonly excludeResourceRules?: readonly NamedRuleWithOperations[];
};

/** @param withoutRules what an empty list of rules matches: everything for bindings, nothing for webhooks. */
export function compileMatcher(match: MatchRules, withoutRules: 'all' | 'nothing'): Matcher {
  const { resourceRules = [], excludeResourceRules = [], matchPolicy = 'Equivalent' } = match;
  const isEquivalent = matchPolicy === 'Equivalent';
  const inNamespace = selectorOf(match.namespaceSelector);
  const isSelected = selectorOf(match.objectSelector);
  const takesAll = resourceRules.length === 0 && withoutRules === 'all';
  return {
    covers: (definition, subresource) =>
      takesAll || resourceRules.some((rule) => coversResource(rule, definition, subresource)),
    match(write) {
      if (!takesAll && resourceRules.length === 0) return undefined;
      const version = takesAll ? write.version : firstMatch(resourceRules, write, isEquivalent);
      if (version === undefined) return undefined;
      if (write.namespaceLabels !== undefined && !inNamespace(write.namespaceLabels)) return undefined;
      const { object, attributes } = write;
      if (
        !isSelected(object?.metadata.labels) &&
        !(attributes.old !== undefined && isSelected(attributes.old.metadata.labels))
      ) {
        return undefined;
      }
      return firstMatch(excludeResourceRules, write, isEquivalent) === undefined ? version : undefined;
    },
  };
}

function selectorOf(selector: LabelSelectorObject | undefined): (labels: Labels | undefined) => boolean {
  return selector === undefined ? () => true : compileLabelSelector(labelSelectorFromObject(selector));
}

function firstMatch(
  rules: readonly NamedRuleWithOperations[],
  write: MatchedWrite,
  isEquivalent: boolean,
): string | undefined {
  for (const rule of rules) {
    const version = matchRule(rule, write, isEquivalent);
    if (version !== undefined) return version;
  }
  return undefined;
}

function matchRule(rule: NamedRuleWithOperations, write: MatchedWrite, isEquivalent: boolean): string | undefined {
  const { attributes } = write;
  const { definition, subresource, operation, name } = attributes;
  const { operations = [], resourceNames = [] } = rule;
  if (!coversResource(rule, definition, subresource)) return undefined;
  if (!operations.includes('*') && !operations.includes(operationName(operation))) return undefined;
  if (resourceNames.length > 0 && !resourceNames.includes(name)) return undefined;
  const { apiVersions = [] } = rule;
  if (apiVersions.includes('*') || apiVersions.includes(write.version)) return write.version;
  return isEquivalent ? definition.versions.find((one) => apiVersions.includes(one.name))?.name : undefined;
}

/** As AdmissionReviews and rules write it. */
export function operationName(operation: AdmissionAttributes['operation']): 'CREATE' | 'UPDATE' | 'DELETE' {
  return operation === 'create' ? 'CREATE' : operation === 'update' ? 'UPDATE' : 'DELETE';
}

function coversResource(
  { apiGroups = [], resources = [], scope = '*' }: NamedRuleWithOperations,
  definition: KindDefinition,
  subresource: string,
): boolean {
  if (scope !== '*' && scope !== definition.scope) return false;
  if (!apiGroups.includes('*') && !apiGroups.includes(definition.group)) return false;
  return resources.some((resource) => {
    const [parent, sub = ''] = resource.split('/');
    return (parent === '*' || parent === definition.plural) && (sub === '*' || sub === subresource);
  });
}

/** Objects that configure admission are never subject to it: whoever locks themselves out must find a way back. */
const exempt = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);

/** True for kinds that policies and webhooks are never asked about. */
export function isExempt({ group, plural }: KindDefinition): boolean {
  return group === 'admissionregistration.k8s.io' && exempt.has(plural);
}

/**
 * A write as policies and webhooks match it.
 * @param namespace finds a Namespace. @throws {ApiError} what it throws.
 */
export function matchedWrite(
  object: KubeObject | undefined,
  attributes: AdmissionAttributes,
  namespace: (name: string) => KubeObject,
): MatchedWrite {
  const { definition, old } = attributes;
  const { version } = parseApiVersion((object ?? old)?.apiVersion ?? definition.storageVersion);
  const namespaceLabels = labelsOfNamespace(object, attributes, namespace);
  return { attributes, object, version, namespaceLabels };
}

function labelsOfNamespace(
  object: KubeObject | undefined,
  { definition, namespace, old }: AdmissionAttributes,
  find: (name: string) => KubeObject,
): Labels | undefined {
  if (definition.group === '' && definition.plural === 'namespaces') return (object ?? old)?.metadata.labels ?? {};
  return namespace === '' ? undefined : (find(namespace).metadata.labels ?? {});
}

/**
 * An object in the form of another version of its kind. Kinds converted by a webhook stay in the form they have: nobody is
 * asked in the middle of a decision.
 */
export function inVersion(object: KubeObject, { group, conversion }: KindDefinition, version: string): KubeObject {
  const apiVersion = formatApiVersion(group, version);
  if (object.apiVersion === apiVersion || conversion?.strategy === 'Webhook') return object;
  if (conversion === undefined) return { ...object, apiVersion };
  return conversion.convert(object as KubeObject & JsonObject, apiVersion) as JsonObject & KubeObject;
}
