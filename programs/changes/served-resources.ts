import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import type { Connection } from '../cli/connect.ts';
import { CommandError, UsageError } from '../cli/exit.ts';
import { nearestWord } from '../cli/nearest.ts';

/** A resource as a server's discovery shows it. */
export interface ServedResource {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** The server keeps its past (subresource `history`). */
  readonly hasHistory: boolean;
}

/** Where an object is; `namespace` is empty for kinds that are in none. */
export interface ObjectPlace {
  readonly resource: ServedResource;
  readonly namespace: string;
  readonly name: string;
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** Every resource a server serves, each in its preferred version, the core group first. */
export async function listResources(server: Connection): Promise<readonly ServedResource[]> {
  const read = async (path: string) => (await server.request({ method: 'GET', path, accept: aggregated })).value;
  const documents = await Promise.all(['/api', '/apis'].map(read));
  return documents.flatMap((document) => objects(document, 'items').flatMap(resourcesOfGroup));
}

function resourcesOfGroup(group: JsonObject): readonly ServedResource[] {
  const name = text(group['metadata'], 'name');
  const known = new Map<string, ServedResource>();
  for (const version of objects(group, 'versions')) {
    for (const resource of objects(version, 'resources')) {
      const served = servedResource(resource, name, text(version, 'version'));
      if (!known.has(served.plural)) known.set(served.plural, served);
    }
  }
  return [...known.values()];
}

function servedResource(resource: JsonObject, group: string, version: string): ServedResource {
  const { responseKind } = resource;
  const subresources = objects(resource, 'subresources').map((one) => text(one, 'subresource'));
  return {
    group,
    version,
    kind: isJsonObject(responseKind) ? text(responseKind, 'kind') : '',
    plural: text(resource, 'resource'),
    singular: text(resource, 'singularResource'),
    shortNames: texts(resource, 'shortNames'),
    namespaced: resource['scope'] === 'Namespaced',
    verbs: texts(resource, 'verbs'),
    hasHistory: subresources.includes('history'),
  };
}

/**
 * The resource people mean: plural, singular, short name or kind, with `.group` where that is needed.
 * @throws {CommandError} when the server has none of that name.
 */
export function findResource(resources: readonly ServedResource[], asked: string): ServedResource {
  const dot = asked.indexOf('.');
  const name = (dot < 0 ? asked : asked.slice(0, dot)).toLowerCase();
  const group = dot < 0 ? undefined : asked.slice(dot + 1);
  const found = resources.find(
    (one) =>
      (group === undefined || one.group === group) &&
      [one.plural, one.singular, one.kind.toLowerCase(), ...one.shortNames].includes(name),
  );
  if (found !== undefined) return found;
  const nearest = nearestWord(
    name,
    resources.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]),
  );
  const meant = nearest === undefined ? '' : `did you mean ${nearest}? `;
  throw new CommandError(`The server has no resource "${asked}"`, `${meant}kubectl api-resources lists them`);
}

/** An object as the command line names it. */
export interface AskedObject {
  readonly kind: string;
  readonly name: string;
}

/** Reads `kind/name`. @throws {UsageError} when it is not of that form. */
export function parseObject(object: string): AskedObject {
  const [kind = '', name = '', ...rest] = object.split('/');
  if (kind !== '' && name !== '' && rest.length === 0) return { kind, name };
  throw new UsageError(`Cannot find "${object}": it must be <kind>/<name>`, 'for example configmap/settings');
}

/** Finds what was asked for. @throws {CommandError} when the server does not know the kind. */
export function findPlace(
  resources: readonly ServedResource[],
  { kind, name }: AskedObject,
  namespace: string,
): ObjectPlace {
  const resource = findResource(resources, kind);
  return { resource, namespace: resource.namespaced ? namespace : '', name };
}

/** `deployment.apps/web`, as kubectl names objects. */
export function shownPlace({ resource, name }: Pick<ObjectPlace, 'resource' | 'name'>): string {
  return `${resource.singular}${resource.group === '' ? '' : `.${resource.group}`}/${name}`;
}

/** An object as the arguments of a command name it: `deployment.apps/web -n shop`. */
export function askedPlace(place: ObjectPlace): string {
  return place.namespace === '' ? shownPlace(place) : `${shownPlace(place)} -n ${place.namespace}`;
}

/** Path of a collection; an empty namespace means all of them. */
export function collectionPath({ group, version, plural, namespaced }: ServedResource, namespace: string): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && namespace !== ''
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/** Path of an object or one of its subresources. */
export function placePath({ resource, namespace, name }: ObjectPlace, subresource = ''): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === '' ? path : `${path}/${subresource}`;
}

/** The objects in a list field of a document. */
export function objects(document: unknown, field: string): readonly JsonObject[] {
  const list = isJsonObject(document) ? document[field] : undefined;
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}

/** A text field of a document; empty when it is absent or something else. */
export function text(document: unknown, field: string): string {
  const value = isJsonObject(document) ? document[field] : undefined;
  return typeof value === 'string' ? value : '';
}

function texts(document: JsonObject, field: string): readonly string[] {
  const list = document[field];
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}
