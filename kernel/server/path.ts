/** What a URL path asks for, before anything is looked up. */
export type Route =
  | ResourceRoute
  /** `/api`: versions of the core group. */
  | { readonly kind: 'coreVersions' }
  /** `/apis`: all groups. */
  | { readonly kind: 'groups' }
  /** `/apis/G`. */
  | { readonly kind: 'group'; readonly group: string }
  /** `/api/v1` or `/apis/G/V`. */
  | { readonly kind: 'groupVersion'; readonly group: string; readonly version: string }
  | { readonly kind: 'openapiV2' }
  | { readonly kind: 'openapiV3Index' }
  /** `/openapi/v3/api/v1` or `/openapi/v3/apis/G/V`. */
  | { readonly kind: 'openapiV3'; readonly group: string; readonly version: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'health'; readonly probe: 'healthz' | 'livez' | 'readyz'; readonly check: string }
  | { readonly kind: 'metrics' }
  /** `/`: the list of paths. */
  | { readonly kind: 'index' }
  | { readonly kind: 'unknown' };

/** A path below `/api/v1` or `/apis/G/V` that names a resource. */
export interface ResourceRoute {
  readonly kind: 'resource';
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Empty when the path names none. */
  readonly namespace: string;
  readonly plural: string;
  /** Empty for collections. */
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource, decoded. */
  readonly rest: readonly string[];
  /** The old form of a watch: `/api/v1/watch/…`, also of one object. */
  readonly isWatch?: boolean;
}

/** Most characters of a path; longer ones are unknown. */
const pathCharactersMax = 4_096;

/**
 * Parts after `/namespaces/NAME/` that belong to the Namespace itself and not to a resource inside it
 * (kube-apiserver `namespaceSubresources`, and the history every kind has).
 */
const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize', 'history', 'explain']);

const unknown: Route = { kind: 'unknown' };
const noParts: readonly string[] = [];

/**
 * Parses a path (no query) the way kube-apiserver's RequestInfoFactory does. Never throws: paths that make no sense,
 * including bad percent encodings, are `unknown`.
 */
export function parsePath(path: string): Route {
  if (path === '/' || path === '') return { kind: 'index' };
  if (path.length > pathCharactersMax) return unknown;
  const parts = splitPath(path);
  if (parts === undefined) return unknown;
  const [first, second, third] = parts;
  switch (first) {
    case 'api':
      if (second === undefined) return { kind: 'coreVersions' };
      return parseVersion('', second, parts, 2);
    case 'apis':
      if (second === undefined) return { kind: 'groups' };
      if (third === undefined) return { kind: 'group', group: second };
      return parseVersion(second, third, parts, 3);
    case 'openapi':
      return parseOpenapi(parts);
    case 'version':
      return parts.length === 1 ? { kind: 'version' } : unknown;
    case 'metrics':
      return parts.length === 1 ? { kind: 'metrics' } : unknown;
    case 'healthz':
    case 'livez':
    case 'readyz':
      return parts.length <= 2 ? { kind: 'health', probe: first, check: second ?? '' } : unknown;
    default:
      return unknown;
  }
}

/** Decoded parts between slashes, empty ones left out; `undefined` for a bad percent encoding. */
function splitPath(path: string): readonly string[] | undefined {
  const parts: string[] = [];
  for (let start = 0, end = 0; start < path.length; start = end + 1) {
    const next = path.indexOf('/', start);
    end = next < 0 ? path.length : next;
    if (end > start) parts.push(path.slice(start, end));
  }
  if (!path.includes('%')) return parts;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined; // decodeURIComponent throws nothing but URIError
  }
}

function parseVersion(group: string, version: string, parts: readonly string[], at: number): Route {
  const next = parts[at];
  if (next === undefined) return { kind: 'groupVersion', group, version };
  if (next === 'watch' && parts[at + 1] !== undefined) return watchRoute(parseVersion(group, version, parts, at + 1));
  if (next !== 'namespaces') return resourceRoute(group, version, '', parts, at);
  const [namespace, inside] = [parts[at + 1], parts[at + 2]];
  const isNamespaceItself = namespace === undefined || inside === undefined || namespaceSubresources.has(inside);
  return isNamespaceItself
    ? resourceRoute(group, version, '', parts, at)
    : resourceRoute(group, version, namespace, parts, at + 2);
}

function watchRoute(route: Route): Route {
  return route.kind === 'resource' && route.isWatch !== true ? { ...route, isWatch: true } : unknown;
}

function resourceRoute(
  group: string,
  version: string,
  namespace: string,
  parts: readonly string[],
  at: number,
): ResourceRoute {
  return {
    kind: 'resource',
    group,
    version,
    namespace,
    plural: parts[at] ?? '',
    name: parts[at + 1] ?? '',
    subresource: parts[at + 2] ?? '',
    rest: parts.length > at + 3 ? parts.slice(at + 3) : noParts,
  };
}

function parseOpenapi(parts: readonly string[]): Route {
  const [, edition, root, second, third] = parts;
  if (edition === 'v2') return parts.length === 2 ? { kind: 'openapiV2' } : unknown;
  if (edition !== 'v3') return unknown;
  if (root === undefined) return { kind: 'openapiV3Index' };
  if (root === 'api' && second !== undefined && parts.length === 4) {
    return { kind: 'openapiV3', group: '', version: second };
  }
  if (root === 'apis' && second !== undefined && third !== undefined && parts.length === 5) {
    return { kind: 'openapiV3', group: second, version: third };
  }
  return unknown;
}
