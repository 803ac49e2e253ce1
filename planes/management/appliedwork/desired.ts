import { cloneJson } from '../../../kernel/meta/json.ts';
import { formatApiVersion, type KubeObject, parseApiVersion } from '../../../kernel/meta/object.ts';
import type { KindLookup, ObjectName } from '../../../kernel/ports/client.ts';
import { compileObjectSchema } from '../../../kernel/schema/compile.ts';
import { findVersion, type KindDefinition } from '../../../kernel/schema/kind.ts';
import type { ObjectSchema } from '../../../kernel/schema/schema.ts';
import type { BundleContent } from '../bundle-content/decode.ts';
import { type InventoryEntry, workLabel } from './type.ts';

/** An object of a bundle as it shall be at this site. */
export interface DesiredObject {
  readonly component: string;
  readonly kind: KindDefinition;
  readonly at: ObjectName;
  /** Without fields this site does not know: server-side apply refuses them. */
  readonly manifest: KubeObject;
  /** See `objectKey`. */
  readonly key: string;
  /** Fields of the delivered manifest that this site does not know and leaves out, as text. */
  readonly unknownFields: readonly string[];
}

/** The schema by which this site keeps objects of a kind. */
export function storageSchema(kind: KindDefinition): ObjectSchema {
  return (
    findVersion(kind, kind.storageVersion)?.schema ?? { type: 'object', properties: {}, preserveUnknownFields: true }
  );
}

/** An object of a bundle that this site cannot hold. */
export interface UnknownObject {
  readonly component: string;
  readonly manifest: KubeObject;
}

/** Everything a bundle asks for. */
export interface DesiredObjects {
  readonly objects: readonly DesiredObject[];
  readonly unknown: readonly UnknownObject[];
}

/** Component of namespaces that no manifest names but that objects need. */
export const impliedComponent = '';

/** Names an object across versions of its kind. */
export function objectKey(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  const { group } = parseApiVersion(object.apiVersion);
  return `${group}/${object.kind}/${object.namespace ?? ''}/${object.name}`;
}

/** `Deployment default/web`, for messages. */
export function describeObject(object: {
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}): string {
  return object.namespace === undefined
    ? `${object.kind} ${object.name}`
    : `${object.kind} ${object.namespace}/${object.name}`;
}

/** The objects of a bundle in the order of its components, each labelled with its Work. */
export function desiredObjects(content: BundleContent, workName: string, kinds: KindLookup): DesiredObjects {
  const objects: DesiredObject[] = [];
  const unknown: UnknownObject[] = [];
  for (const component of content.components) {
    for (const manifest of component.manifests) {
      const kind = kinds.findKind(manifest.apiVersion, manifest.kind);
      if (kind === undefined) unknown.push({ component: component.name, manifest });
      else objects.push(desiredObject({ component: component.name, kind, manifest, workName }));
    }
  }
  return { objects, unknown };
}

/** Namespaces that objects stand in and that no manifest of the bundle makes. */
export function impliedNamespaces(objects: readonly DesiredObject[]): readonly string[] {
  const made = new Set(
    objects.filter((object) => object.key.startsWith('/Namespace/')).map((object) => object.at.name),
  );
  const needed = new Set(objects.flatMap((object) => (object.at.namespace === undefined ? [] : [object.at.namespace])));
  return [...needed].filter((namespace) => !made.has(namespace)).sort();
}

/** The Namespace object for an implied namespace. */
export function desiredNamespace(name: string, workName: string, kind: KindDefinition): DesiredObject {
  const manifest = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } as KubeObject;
  return desiredObject({ component: impliedComponent, kind, manifest, workName });
}

/** Where an inventory entry is. */
export function nameOf(entry: InventoryEntry): ObjectName {
  return entry.namespace === undefined ? { name: entry.name } : { namespace: entry.namespace, name: entry.name };
}

interface DesiredInput {
  readonly component: string;
  readonly kind: KindDefinition;
  readonly manifest: KubeObject;
  readonly workName: string;
}

function desiredObject({ component, kind, manifest, workName }: DesiredInput): DesiredObject {
  const { name, namespace: given, labels } = manifest.metadata;
  const namespace = kind.scope === 'Namespaced' ? (given ?? 'default') : undefined;
  const { namespace: _given, ...metadata } = manifest.metadata;
  const { version } = parseApiVersion(manifest.apiVersion);
  const { known, unknownFields } = splitByKnowledge(manifest, kind, version);
  return {
    component,
    kind,
    at: namespace === undefined ? { name } : { namespace, name },
    manifest: {
      ...known,
      apiVersion: formatApiVersion(kind.group, version),
      metadata: {
        ...metadata,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labels, [workLabel]: workName },
      },
    },
    key: objectKey({ apiVersion: manifest.apiVersion, kind: manifest.kind, namespace, name }),
    unknownFields,
  };
}

function splitByKnowledge(manifest: KubeObject, kind: KindDefinition, version: string) {
  const known: KubeObject & Record<string, unknown> = { ...cloneJson(manifest) };
  const schema = findVersion(kind, version);
  const unknown = schema === undefined ? [] : compileObjectSchema(schema).prune(known);
  return { known, unknownFields: unknown.map((path) => `.${path}`) };
}
