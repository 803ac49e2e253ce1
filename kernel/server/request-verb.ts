import type { ApiRequest } from '../ports/endpoint.ts';
import type { ResourceRoute } from './path.ts';
import { readFlag } from './query-options.ts';

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** The verb of a request on a resource as its path and method alone say it, served or not (kube-apiserver `RequestInfo`). */
export function requestVerb({ method, query }: ApiRequest, { name, isWatch }: ResourceRoute): string {
  if (isWatch === true) return 'watch';
  if (method === 'GET' || method === 'HEAD') {
    if (name !== '') return 'get';
    return readFlag(query, 'watch') ? 'watch' : 'list';
  }
  if (method === 'DELETE' && name === '') return 'deletecollection';
  return verbs[method] ?? method.toLowerCase();
}
