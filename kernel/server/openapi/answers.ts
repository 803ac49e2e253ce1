import type { Clock } from '../../base/clock.ts';
import { ApiError } from '../../meta/errors.ts';
import type { ApiRequest, ApiResponse } from '../../ports/endpoint.ts';
import type { ServedGroup, ServedVersion } from '../discovery.ts';
import { type CachedDocument, documentAnswer, makeDocument } from '../documents.ts';
import { parseAccept } from '../negotiation.ts';
import type { Route } from '../path.ts';
import { pageNotFound } from '../health.ts';
import type { SurfaceDocuments } from '../surface.ts';
import { infoOf, openApiV3 } from './documents.ts';
import { openApiV2, type OpenApiV2Sources } from './v2.ts';

/** Routes that are answered with an OpenAPI document. */
export type OpenApiRoute = Extract<Route, { readonly kind: 'openapiV2' | 'openapiV3Index' | 'openapiV3' }>;

/** What answering needs besides the request. */
export interface OpenApiPorts {
  readonly documents: SurfaceDocuments;
  readonly productVersion: string;
  readonly clock: Clock;
}

const json = { 'content-type': 'application/json', vary: 'Accept' };
/** One document never changes under its hash. */
const immutable = { 'cache-control': 'public, immutable, max-age=31536000' };
/** How the protobuf form is announced: media types have no `@` (kube-openapi handler). */
const protobuf = { 'content-type': 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf', vary: 'Accept' };
/** How clients of different ages ask for the protobuf form. */
const protobufTypes: ReadonlySet<string> = new Set([
  'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  'application/com.github.googleapis.gnostic.openapiv2@68f4ded+protobuf',
]);

/** Answers `/openapi/v2` and `/openapi/v3/…`. @throws {ApiError} `NotFound`, or `NotAcceptable` for odd media types. */
export function openApiAnswer(request: ApiRequest, route: OpenApiRoute, ports: OpenApiPorts): ApiResponse {
  switch (route.kind) {
    case 'openapiV2':
      return answerV2(request, ports);
    case 'openapiV3Index':
      return documentAnswer(request, indexDocument(ports), json);
    case 'openapiV3':
      return answerV3(request, route.group, route.version, ports);
  }
}

function answerV2(request: ApiRequest, ports: OpenApiPorts): ApiResponse {
  const { documents } = ports;
  const accept = request.headers['accept'] ?? '';
  for (const { mediaType } of accept === '' ? [{ mediaType: '*/*' }] : parseAccept(accept)) {
    if (protobufTypes.has(mediaType)) {
      const document = documents.document('openapi v2 protobuf', () => openApiV2(v2Sources(ports), 'protobuf'));
      return documentAnswer(request, document, protobuf);
    }
    if (mediaType === 'application/json' || mediaType === '*/*' || mediaType === 'application/*') {
      const document = documents.document('openapi v2 json', () => openApiV2(v2Sources(ports), 'json'));
      return documentAnswer(request, document, json);
    }
  }
  const accepted = 'application/json, application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted}`);
}

/** A document asked for by its hash may be kept for ever; one asked for by an old hash is found by redirect. */
function answerV3(request: ApiRequest, groupName: string, versionName: string, ports: OpenApiPorts): ApiResponse {
  const group = ports.documents.groups().find(({ name }) => name === groupName);
  const version = group?.versions.find(({ name }) => name === versionName);
  if (group === undefined || version === undefined) return pageNotFound();
  const document = documentV3(group, version, ports);
  const hash = request.query.get('hash');
  if (hash === null) return documentAnswer(request, document, json);
  if (hash === document.digest) return documentAnswer(request, document, { ...json, ...immutable });
  const location = relativeUrl(group, versionName, document);
  return { status: 301, headers: { location, 'cache-control': 'no-cache, private' }, body: undefined };
}

function documentV3(group: ServedGroup, version: ServedVersion, ports: OpenApiPorts): CachedDocument {
  const key = `openapi v3 ${group.name}/${version.name}`;
  const { documents, productVersion } = ports;
  const definitions = documents.definitionsOf(group.name);
  return documents.kept(key, definitions, () => openApiV3({ definitions, productVersion }, group, version));
}

/** `/openapi/v3`: where the document of each group and version is, with its hash. */
function indexDocument(ports: OpenApiPorts): CachedDocument {
  return ports.documents.document('openapi v3 index', (groups) => {
    const entries = groups.flatMap((group) =>
      group.versions.map((version) => {
        const serverRelativeURL = relativeUrl(group, version.name, documentV3(group, version, ports));
        return [pathOf(group, version.name), { serverRelativeURL }] as const;
      }),
    );
    return makeDocument({ paths: Object.fromEntries(entries) });
  });
}

function relativeUrl(group: ServedGroup, version: string, document: CachedDocument): string {
  return `/openapi/v3/${pathOf(group, version)}?hash=${document.digest}`;
}

function pathOf({ name }: ServedGroup, version: string): string {
  return name === '' ? `api/${version}` : `apis/${name}/${version}`;
}

function v2Sources({ documents, productVersion, clock }: OpenApiPorts): OpenApiV2Sources {
  return { documents, info: infoOf({ productVersion }), clock };
}
