import type { ApiRequest } from '../../ports/endpoint.ts';
import type { Route } from '../path.ts';
import { readFlag } from '../query-options.ts';
import type { FlowRequest } from './match.ts';

const verbOfMethod: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

/** What flow control looks at (Kubernetes `RequestInfo`). */
export function flowRequestOf(request: ApiRequest, route: Route): FlowRequest {
  const { method, path } = request;
  if (route.kind !== 'resource') return { verb: method.toLowerCase(), path, resource: undefined };
  return { verb: verbOf(request, route.name), path, resource: route };
}

function verbOf(request: ApiRequest, name: string): string {
  const { method } = request;
  if (method === 'GET' || method === 'HEAD') {
    if (name !== '') return 'get';
    return readFlag(request.query, 'watch') ? 'watch' : 'list';
  }
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete';
  return verbOfMethod[method] ?? method.toLowerCase();
}
