import type { Clock } from '../base/clock.ts';
import { encodeJson } from '../meta/json.ts';
import { formatApiVersion, type KubeObject } from '../meta/object.ts';
import type { StoredObject } from '../ports/endpoint.ts';
import type { ObjectPage, ResourceTarget } from '../ports/resources.ts';
import { chunkedBody } from './chunks.ts';
import type { Representation } from './negotiation.ts';
import { tableLayout } from './table.ts';

/** How a client wants to see objects of one target. */
export interface View {
  readonly target: ResourceTarget;
  readonly representation: Representation;
  /** What table rows carry besides cells (`includeObject`). */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  /** Indented JSON for people (`pretty=true`). */
  readonly isPretty: boolean;
  readonly clock: Clock;
}

/** Bytes of an answer, at once or as a stream. */
export type Body = Uint8Array | AsyncIterable<Uint8Array>;

/** Value of the Content-Type header for objects of this view. */
export function contentTypeOf({ representation }: View): string {
  return representation.encoding === 'yaml' ? 'application/yaml' : 'application/json';
}

/** The apiVersion in which the target is answered. */
export function apiVersionOf(target: ResourceTarget): string {
  return target.subresource === 'scale' ? 'autoscaling/v1' : formatApiVersion(target.definition.group, target.version);
}

/** The kind in which the target is answered. */
export function kindOf(target: ResourceTarget): string {
  return target.subresource === 'scale' ? 'Scale' : target.definition.kind;
}

function listKindOf(target: ResourceTarget): string {
  return target.definition.listKind ?? `${kindOf(target)}List`;
}

/** The body that shows one object: at once where it is stored as it is asked for. */
export function objectBody(object: StoredObject, view: View): Uint8Array | Promise<Uint8Array> {
  const { shape, encoding } = view.representation;
  if (encoding === 'json' && shape === 'object' && !view.isPretty) return object.bytes;
  return valueBody(JSON.parse(shapedText(object, view, true)) as unknown, view);
}

/** The body that shows any other value, for example a Status, in the encoding of the view. */
export async function valueBody(value: unknown, view: View): Promise<Uint8Array> {
  if (view.representation.encoding === 'yaml') {
    const { formatYaml } = await import('./yaml.ts');
    return Buffer.from(formatYaml(value));
  }
  return view.isPretty ? Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`) : encodeJson(value);
}

/** The body that shows a page of objects; large pages are streamed. */
export async function listBody(page: ObjectPage, view: View): Promise<Body> {
  if (view.representation.encoding === 'yaml') return yamlListBody(page, view);
  const body = chunkedBody(listParts(page, view), view.clock);
  const isSmall = body instanceof Uint8Array;
  if (!view.isPretty || !isSmall) return body;
  return valueBody(JSON.parse(Buffer.from(body).toString('utf8')) as unknown, view);
}

const comma = Buffer.from(',');
const listEnd = Buffer.from(']}\n');

function* listParts(page: ObjectPage, view: View): Iterable<Uint8Array> {
  if (page.items.length === 0 && view.representation.shape === 'metadata') return yield emptyList(page, view);
  yield Buffer.from(listStart(page, view));
  const isPlain = view.representation.shape === 'object';
  let isFirst = true;
  for (const item of page.items) {
    if (!isFirst) yield comma;
    isFirst = false;
    yield isPlain ? item.bytes : Buffer.from(itemText(item, view));
  }
  yield listEnd;
}

const emptyItems = '"items":[';

/** Go leaves the list of a `PartialObjectMetadataList` without items unmade. */
function emptyList(page: ObjectPage, view: View): Uint8Array {
  return Buffer.from(`${listStart(page, view).slice(0, -emptyItems.length)}"items":null}\n`);
}

function listStart(page: ObjectPage, view: View): string {
  const { target, representation } = view;
  const metadata = JSON.stringify(listMetadata(page));
  switch (representation.shape) {
    case 'object':
      return `{"kind":"${listKindOf(target)}","apiVersion":"${apiVersionOf(target)}","metadata":${metadata},"items":[`;
    case 'metadata':
      return `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/${representation.metaVersion}","metadata":${metadata},"items":[`;
    case 'table': {
      const columns = JSON.stringify(layoutOf(target).columns);
      return `{"kind":"Table","apiVersion":"meta.k8s.io/${representation.metaVersion}","metadata":${metadata},"columnDefinitions":${columns},"rows":[`;
    }
  }
}

function listMetadata(page: ObjectPage): Readonly<Record<string, unknown>> {
  return {
    resourceVersion: String(page.revision),
    ...(page.continueToken === undefined ? {} : { continue: page.continueToken }),
    ...(page.remainingItemCount === undefined ? {} : { remainingItemCount: page.remainingItemCount }),
  };
}

/** JSON of one item of a list in the shape of the view. */
function itemText(object: StoredObject, view: View): string {
  return view.representation.shape === 'table' ? rowText(object, view) : shapedText(object, view, false);
}

/**
 * JSON of one object in the shape of the view, standing for itself.
 * @param withColumns whether a table explains its columns (every answer but later events of a watch).
 */
export function shapedText(object: StoredObject, view: View, withColumns: boolean): string {
  const { shape, metaVersion } = view.representation;
  switch (shape) {
    case 'object':
      return Buffer.from(object.bytes).toString('utf8');
    case 'metadata':
      return metadataText(object.parsed(), metaVersion);
    case 'table': {
      const columns = withColumns ? JSON.stringify(layoutOf(view.target).columns) : 'null';
      const metadata = `{"resourceVersion":"${object.revision}"}`;
      return `{"kind":"Table","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${metadata},"columnDefinitions":${columns},"rows":[${rowText(object, view)}]}`;
    }
  }
}

function metadataText(object: KubeObject, metaVersion: string): string {
  const metadata = JSON.stringify(object.metadata);
  return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${metaVersion}","metadata":${metadata}}`;
}

function rowText(object: StoredObject, view: View): string {
  const parsed = object.parsed();
  const cells = JSON.stringify(layoutOf(view.target).cellsOf(parsed, view.clock.nowMs()));
  return `{"cells":${cells},"object":${rowObjectText(object, parsed, view)}}`;
}

function rowObjectText(object: StoredObject, parsed: KubeObject, view: View): string {
  switch (view.includeObject) {
    case 'None':
      return 'null';
    case 'Metadata':
      return metadataText(parsed, view.representation.metaVersion);
    case 'Object':
      return Buffer.from(object.bytes).toString('utf8');
  }
}

function layoutOf(target: ResourceTarget) {
  return tableLayout(target.definition, target.version, target.subresource);
}

/** YAML lists are written item by item too: the text of a one-item list is one entry of a longer one. */
async function yamlListBody(page: ObjectPage, view: View): Promise<Body> {
  const { formatYaml } = await import('./yaml.ts');
  const end = view.representation.shape === 'table' ? 'rows' : 'items';
  const start = JSON.parse(`${listStart(page, view)}]}`) as Readonly<Record<string, unknown>>;
  if (page.items.length === 0) return Buffer.from(formatYaml(start));
  function* parts(): Iterable<Uint8Array> {
    const { [end]: _items, ...head } = start;
    yield Buffer.from(`${formatYaml(head)}${end}:\n`);
    for (const item of page.items) yield Buffer.from(formatYaml([JSON.parse(itemText(item, view))]));
  }
  return chunkedBody(parts(), view.clock);
}
