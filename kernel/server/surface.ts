import { assert } from '../base/assert.ts';
import type { ApiRequest, ApiResponse, ComputedResource, SubresourceHandler } from '../ports/endpoint.ts';
import type { KindCatalog } from '../ports/resources.ts';
import type { KindDefinition } from '../schema/kind.ts';
import {
  type ServedGroup,
  aggregatedDocument,
  coreVersionsDocument,
  groupDocument,
  groupListDocument,
  isOwnGroup,
  resourceListDocument,
  servedGroups,
} from './discovery.ts';
import { aggregatedVersion, type CachedDocument, documentAnswer, makeDocument } from './documents.ts';
import { pageNotFound } from './health.ts';
import { refuseUnknown } from './status.ts';
import type { Route } from './path.ts';

/** Where the documents about what is served come from. */
export interface SurfaceSources {
  readonly catalog: KindCatalog;
  readonly computed: readonly ComputedResource[];
  readonly subresources: readonly SubresourceHandler[];
}

/** Routes that are answered with a discovery document. */
export type DiscoveryRoute = Extract<Route, { readonly kind: 'coreVersions' | 'groups' | 'group' | 'groupVersion' }>;

/** Something that is kept as long as the kinds it was made from are the same. */
interface Kept {
  readonly definitions: readonly KindDefinition[];
  readonly value: unknown;
}

/** Answers discovery from documents that are made on first use and forgotten when the catalog changes. */
export class SurfaceDocuments {
  readonly #sources: SurfaceSources;
  readonly #documents = new Map<string, CachedDocument>();
  readonly #kept = new Map<string, Kept>();
  #byGroup: ReadonlyMap<string, readonly KindDefinition[]> = new Map();
  #groups: readonly ServedGroup[] = [];
  #version = -1;

  constructor(sources: SurfaceSources) {
    this.#sources = sources;
  }

  /** Groups served now. */
  groups(): readonly ServedGroup[] {
    const { catalog, computed, subresources } = this.#sources;
    if (this.#version !== catalog.version) {
      this.#version = catalog.version;
      this.#documents.clear();
      this.#groups = servedGroups({
        stored: catalog.list(),
        computed: computed.map((resource) => resource.definition),
        subresources,
      });
      this.#byGroup = Map.groupBy(this.definitions(), ({ group }) => group);
      this.#forgetGone();
    }
    return this.#groups;
  }

  /** Stored and computed kinds. */
  definitions(): readonly KindDefinition[] {
    const { catalog, computed } = this.#sources;
    return [...catalog.list(), ...computed.map((resource) => resource.definition)];
  }

  /** Those of one group, as of the last call of `groups`. */
  definitionsOf(group: string): readonly KindDefinition[] {
    return this.#byGroup.get(group) ?? [];
  }

  /**
   * What `make` made of some kinds, kept as long as they are the same: a server with hundreds of custom kinds must not make
   * everything about them again because one changed. A key always stands for the same type.
   */
  kept<T>(key: string, definitions: readonly KindDefinition[], make: () => T): T {
    const known = this.#kept.get(key);
    if (known !== undefined && isSameList(known.definitions, definitions)) return known.value as T;
    const value = make();
    this.#kept.set(key, { definitions, value });
    return value;
  }

  /** The document under `key`, made by `make` when it is not there or the catalog has changed since. */
  document(key: string, make: (groups: readonly ServedGroup[]) => CachedDocument): CachedDocument {
    const groups = this.groups();
    const known = this.#documents.get(key);
    if (known !== undefined) return known;
    const document = make(groups);
    this.#documents.set(key, document);
    return document;
  }

  /** A group that is not served is a page not found, in plain text; so are versions of custom groups. */
  answer(request: ApiRequest, route: DiscoveryRoute): ApiResponse {
    const aggregated =
      route.kind === 'coreVersions' || route.kind === 'groups'
        ? aggregatedVersion(request.headers['accept'])
        : undefined;
    if (aggregated !== undefined) return this.#aggregated(request, route.kind === 'coreVersions', aggregated);
    if (!this.#isServed(route)) return this.#nothingAt(route);
    const document = this.document(`discovery ${JSON.stringify(route)}`, (groups) => plainDocument(route, groups));
    return documentAnswer(request, document, { 'content-type': 'application/json', vary: 'Accept' });
  }

  #nothingAt(route: DiscoveryRoute): ApiResponse {
    return 'group' in route && isOwnGroup(this.definitions(), route.group) ? refuseUnknown() : pageNotFound();
  }

  #isServed(route: DiscoveryRoute): boolean {
    if (route.kind === 'coreVersions' || route.kind === 'groups') return true;
    const group = this.groups().find(({ name }) => name === route.group);
    if (route.kind === 'group') return group !== undefined;
    return group?.versions.some(({ name }) => name === route.version) === true;
  }

  /** Drops what was made of kinds that are all gone or have been replaced. */
  #forgetGone(): void {
    const present = new Set(this.definitions());
    for (const [key, { definitions }] of this.#kept) {
      if (!definitions.some((definition) => present.has(definition))) this.#kept.delete(key);
    }
  }

  #aggregated(request: ApiRequest, isCore: boolean, version: 'v2' | 'v2beta1'): ApiResponse {
    const document = this.document(`aggregated ${isCore} ${version}`, (groups) =>
      makeDocument(
        aggregatedDocument(
          groups.filter((group) => (group.name === '') === isCore),
          version,
        ),
      ),
    );
    const contentType = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return documentAnswer(request, document, { 'content-type': contentType, vary: 'Accept' });
  }
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

function plainDocument(route: DiscoveryRoute, groups: readonly ServedGroup[]): CachedDocument {
  switch (route.kind) {
    case 'coreVersions':
      return makeDocument(coreVersionsDocument(groups));
    case 'groups':
      return makeDocument(groupListDocument(groups));
    case 'group':
      return makeDocument(groupDocument(findGroup(groups, route.group)));
    case 'groupVersion': {
      const version = findGroup(groups, route.group).versions.find(({ name }) => name === route.version);
      assert(version !== undefined, 'Only served versions are asked for');
      return makeDocument(resourceListDocument(route.group, version));
    }
  }
}

function findGroup(groups: readonly ServedGroup[], name: string): ServedGroup {
  const group = groups.find((candidate) => candidate.name === name);
  assert(group !== undefined, 'Only served groups are asked for');
  return group;
}
