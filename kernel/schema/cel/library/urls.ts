import { declare, type Overload } from '../function.ts';
import { CelError, Opaque } from '../values.ts';
import { traversalCost } from './costs.ts';

/** URLs (Kubernetes `library/urls.go`): absolute ones and absolute paths, as Go's `url.ParseRequestURI` reads them. */

class Url extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly text: string;
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;

  constructor(text: string, [scheme, host, path, query]: readonly [string, string, string, string]) {
    super();
    this.text = text;
    this.scheme = scheme;
    this.host = host;
    this.path = path;
    this.query = query;
  }

  equals(other: Opaque): boolean {
    return other instanceof Url && other.text === this.text;
  }
}

const shape = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?]*)@)?([^/?]*))?([^?]*)(?:\?(.*))?$/;
const hostShape = /^(?:\[[0-9A-Fa-f:.%]+\]|[^\s[\]<>"`{}|\\^#:]*)(?::\d*)?$/;

function parseUrl(text: string): Url | undefined {
  const found = shape.exec(text);
  // eslint-like control characters and blanks are no part of a URL.
  if (
    found === null ||
    text === '' ||
    /[\p{Cc}\s]/u.test(text) ||
    /%(?![0-9A-Fa-f]{2})/.test(text.split('?')[0] ?? '')
  ) {
    return undefined;
  }
  const [, scheme = '', , host = '', path = '', query = ''] = found;
  if (scheme === '' && !text.startsWith('/')) return undefined;
  if (scheme !== '' && host === '' && path === '') return undefined;
  if (scheme !== '' && host === '' && !path.startsWith('/') && path.includes(' ')) return undefined;
  return hostShape.test(host) ? new Url(text, [scheme.toLowerCase(), host, path, query]) : undefined;
}

function urlOf(text: string): Url {
  const url = parseUrl(text);
  if (url === undefined)
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return url;
}

function queryOf({ query }: Url): Readonly<Record<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(query)) found.set(name, [...(found.get(name) ?? []), value]);
  return Object.fromEntries(found);
}

/** The library. */
export const urlsLibrary: readonly Overload[] = [
  ...declare('url', { 'string -> kubernetes.URL': urlOf }, traversalCost(0, { keepsSize: true })),
  ...declare('isURL', { 'string -> bool': (text: string) => parseUrl(text) !== undefined }),
  ...declare('string', { 'kubernetes.URL -> string': ({ text }: Url) => text }),
  ...declare('getScheme', { 'self: kubernetes.URL -> string': ({ scheme }: Url) => scheme }),
  ...declare('getHost', { 'self: kubernetes.URL -> string': ({ host }: Url) => host }),
  ...declare('getHostname', {
    'self: kubernetes.URL -> string': ({ host }: Url) => host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1'),
  }),
  ...declare('getPort', { 'self: kubernetes.URL -> string': ({ host }: Url) => /:(\d*)$/.exec(host)?.[1] ?? '' }),
  ...declare('getEscapedPath', { 'self: kubernetes.URL -> string': ({ path }: Url) => escapePath(path) }),
  ...declare('getQuery', { 'self: kubernetes.URL -> map(string, list(string))': queryOf }),
];

function escapePath(path: string): string {
  return path.replaceAll(/[^A-Za-z0-9\-_.~$&+,/:;=@%!'()*]+/g, (found) => encodeURIComponent(found));
}
