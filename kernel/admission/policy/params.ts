import type { KubeObject } from '../../meta/object.ts';
import { formatResource } from '../../meta/key.ts';
import { parseApiVersion } from '../../meta/object.ts';
import { labelSelectorFromObject, matchesLabels } from '../../meta/selectors.ts';
import type { PendingView } from '../../ports/admission.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import type { ParamKind, ParamRef } from '../../schema/standard/types.ts';
import { inVersion } from '../matching.ts';

/** Where parameters are looked up. */
export interface ParamSources {
  readonly view: PendingView;
  readonly kinds: Pick<KindLookup, 'findKind'>;
}

/** A binding that cannot be used as it is: counts as a failure of its policy. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * The parameters of a binding for a request in a namespace; one that is `undefined` when the policy takes none. Nothing at
 * all means that the binding does not count.
 * @throws {ConfigurationError} with the texts of Kubernetes `generic.CollectParams`.
 */
export function collectParams(
  paramKind: ParamKind | undefined,
  ref: ParamRef | undefined,
  namespace: string,
  sources: ParamSources,
): readonly (KubeObject | undefined)[] {
  if (paramKind === undefined) return [undefined];
  const { apiVersion = '', kind = '' } = paramKind;
  const definition = sources.kinds.findKind(apiVersion, kind);
  if (ref === undefined) return [undefined];
  if (definition === undefined) throw unknownKind(apiVersion, kind);
  const from = namespaceOf(definition, ref, namespace);
  const stored = definition.storedAs ?? definition;
  const resource = formatResource(stored.plural, stored.group);
  const { name = '', selector } = ref;
  const found =
    name === '' ? selected(sources.view, resource, from, selector) : one(sources.view, resource, from, name);
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  const { version } = parseApiVersion(apiVersion);
  return found.map((object) => inVersion(object, definition, version));
}

function unknownKind(apiVersion: string, kind: string): ConfigurationError {
  const { group, version } = parseApiVersion(apiVersion);
  return new ConfigurationError(`paramKind kind \`${group === '' ? version : apiVersion}, Kind=${kind}\` not known`);
}

/** Where parameters are: in the namespace the binding names, or else that of the request. */
function namespaceOf({ scope }: KindDefinition, { namespace = '' }: ParamRef, requested: string): string {
  if (scope === 'Cluster') {
    if (namespace === '') return '';
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const from = namespace === '' ? requested : namespace;
  if (from !== '') return from;
  const why = 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources';
  throw new ConfigurationError(why);
}

function one(view: PendingView, resource: string, namespace: string, name: string): readonly KubeObject[] {
  const found = view.get(resource, namespace, name);
  return found === undefined ? [] : [found];
}

function selected(
  view: PendingView,
  resource: string,
  namespace: string,
  selector: ParamRef['selector'],
): readonly KubeObject[] {
  const wanted = labelSelectorFromObject(selector);
  const all = namespace === '' ? view.list(resource) : view.list(resource, namespace);
  return [...all].filter(({ metadata }) => matchesLabels(wanted, metadata.labels));
}
