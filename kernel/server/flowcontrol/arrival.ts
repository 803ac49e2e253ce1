import type { ApiRequest } from '../../ports/endpoint.ts';
import type { Route } from '../path.ts';
import { requestVerb } from '../request-verb.ts';
import type { FlowRequest } from './match.ts';

/** What flow control looks at (Kubernetes `RequestInfo`). */
export function flowRequestOf(request: ApiRequest, route: Route): FlowRequest {
  const { method, path } = request;
  if (route.kind !== 'resource') return { verb: method.toLowerCase(), path, resource: undefined };
  return { verb: requestVerb(request, route), path, resource: route };
}
