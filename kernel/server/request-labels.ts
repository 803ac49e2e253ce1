import type { ApiRequest, ComputedResource, SubresourceHandler } from '../ports/endpoint.ts';
import type { KindCatalog } from '../ports/resources.ts';
import { findVersion } from '../schema/kind.ts';
import type { ResourceRoute, Route } from './path.ts';
import { readFlag } from './query-options.ts';
import type { RequestLabels } from './request-metrics.ts';

/** What is served, to tell labels that mean something from those a client made up. */
export interface ServedSources {
  readonly catalog: KindCatalog;
  readonly computed: readonly ComputedResource[];
  readonly subresources: readonly SubresourceHandler[];
}

const methods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
/** Subresources that kinds have by themselves. */
const ownSubresources: ReadonlySet<string> = new Set(['', 'status', 'scale', 'finalize', 'history']);

/** What metrics say a request was about. */
export function labelsOf(request: ApiRequest, route: Route): RequestLabels {
  if (route.kind === 'resource') {
    const { group, version, plural: resource, subresource } = route;
    return { verb: verbOf(request, route), group, version, resource, subresource, scope: scopeOf(route) };
  }
  return { verb: request.method, group: '', version: '', resource: '', subresource: `/${route.kind}`, scope: '' };
}

/** True if something here answers such requests, so that the number of different labels is bounded. */
export function areServed(labels: RequestLabels, { catalog, computed, subresources }: ServedSources): boolean {
  const { verb, group, version, resource, subresource } = labels;
  if (resource === '') return methods.has(verb);
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const definition =
    catalog.find(group, resource) ??
    computed.find(({ definition: one }) => one.group === group && one.plural === resource)?.definition;
  if (definition === undefined || findVersion(definition, version) === undefined) return false;
  if (!methods.has(verb) && !resourceVerbs.has(verb)) return false;
  return (
    ownSubresources.has(subresource) ||
    subresources.some((handler) => handler.resource === qualified && handler.subresource === subresource)
  );
}

const resourceVerbs: ReadonlySet<string> = new Set(['LIST', 'WATCH', 'APPLY', 'DELETECOLLECTION']);

function verbOf({ method, query, headers }: ApiRequest, { name, isWatch }: ResourceRoute): string {
  if (isWatch === true) return 'WATCH';
  if (method === 'GET') return name !== '' ? 'GET' : readFlag(query, 'watch') ? 'WATCH' : 'LIST';
  if (method === 'DELETE' && name === '') return 'DELETECOLLECTION';
  const isApply = method === 'PATCH' && headers['content-type']?.startsWith('application/apply-patch') === true;
  return isApply ? 'APPLY' : method;
}

function scopeOf({ name, namespace }: ResourceRoute): RequestLabels['scope'] {
  if (name !== '') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}
