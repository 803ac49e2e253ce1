import { ApiError } from '../../../kernel/meta/errors.ts';
import { parseJson } from '../../../kernel/meta/json.ts';
import { type Json, type JsonObject, type KubeObject, isJsonObject } from '../../../kernel/meta/object.ts';
import { isSha256Digest } from '../../../kernel/ports/digest.ts';
import { bundleArtifactType, bundleManifestMediaType } from '../bundle/type.ts';

/** Points at a blob. */
export interface Descriptor {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** What the manifest of a bundle refers to. */
export interface BundleReferences {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

/** A bundle, read and understood. */
export interface BundleContent {
  readonly digest: string;
  readonly components: readonly ComponentContent[];
  /** Manifests that the author wanted in and that could not be rendered: nothing may be removed then. */
  readonly omitted: number;
}

/** One component with its objects. */
export interface ComponentContent {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly manifests: readonly KubeObject[];
}

/** Most layers of a bundle. */
const layersMax = 1_000;

/** Reads the OCI manifest. @throws {ApiError} `BadRequest` when it is none, or not that of a bundle. */
export function decodeManifest(bytes: Uint8Array): BundleReferences {
  const manifest = decodeObject(bytes, 'bundle manifest');
  if (manifest['mediaType'] !== bundleManifestMediaType) throw wrong('mediaType', bundleManifestMediaType);
  if (manifest['artifactType'] !== bundleArtifactType) throw wrong('artifactType', bundleArtifactType);
  const layers = manifest['layers'];
  if (!Array.isArray(layers) || layers.length > layersMax) throw wrong('layers', `a list of at most ${layersMax}`);
  return { config: decodeDescriptor(manifest['config']), layers: (layers as readonly Json[]).map(decodeDescriptor) };
}

/**
 * Reads a bundle by its digest.
 * @param read returns the bytes of a digest, verified.
 * @throws {ApiError} `BadRequest` when the content is not that of a bundle; whatever `read` throws.
 */
export async function decodeBundle(
  digest: string,
  read: (digest: string) => Promise<Uint8Array>,
): Promise<BundleContent> {
  const { config } = decodeManifest(await read(digest));
  const { components: listed, omitted } = decodeObject(await read(config.digest), 'bundle config');
  if (!Array.isArray(listed)) throw wrong('components', 'a list');
  const components: ComponentContent[] = [];
  for (const component of listed as readonly Json[]) components.push(await decodeComponent(component, read));
  return { digest, components, omitted: typeof omitted === 'number' ? omitted : 0 };
}

async function decodeComponent(
  component: Json,
  read: (digest: string) => Promise<Uint8Array>,
): Promise<ComponentContent> {
  const { name, type, dependsOn, layer } = isJsonObject(component) ? component : {};
  if (typeof name !== 'string') throw wrong('components[].name', 'a text');
  if (type !== 'manifests') throw wrong(`type of component "${name}"`, '"manifests"');
  if (typeof layer !== 'string' || !isSha256Digest(layer)) throw wrong(`layer of component "${name}"`, 'a digest');
  const manifests = decodeJson(await read(layer), `layer of component "${name}"`);
  if (!Array.isArray(manifests)) throw wrong(`layer of component "${name}"`, 'a list of objects');
  return {
    name,
    dependsOn: Array.isArray(dependsOn)
      ? (dependsOn as readonly Json[]).filter((entry) => typeof entry === 'string')
      : [],
    manifests: (manifests as readonly Json[]).filter(isKubeObject),
  };
}

function isKubeObject(value: Json): value is KubeObject & JsonObject {
  if (!isJsonObject(value) || typeof value['apiVersion'] !== 'string' || typeof value['kind'] !== 'string')
    return false;
  return isJsonObject(value['metadata']) && typeof value['metadata']['name'] === 'string';
}

function decodeDescriptor(value: Json | undefined): Descriptor {
  const { digest, size } = isJsonObject(value) ? value : {};
  if (typeof digest !== 'string' || !isSha256Digest(digest)) throw wrong('digest', 'a sha256 digest');
  if (typeof size !== 'number' || size < 0) throw wrong('size', 'a number of bytes');
  return { digest, sizeBytes: size };
}

function decodeObject(bytes: Uint8Array, what: string): JsonObject {
  const value = decodeJson(bytes, what);
  if (!isJsonObject(value)) throw wrong(what, 'a JSON object');
  return value;
}

function decodeJson(bytes: Uint8Array, what: string): Json {
  try {
    return parseJson(bytes).value;
  } catch (cause) {
    throw new ApiError('BadRequest', `Cannot read the ${what}`, {}, { cause });
  }
}

function wrong(what: string, allowed: string): ApiError {
  return new ApiError('BadRequest', `Cannot read the bundle: ${what} must be ${allowed}`);
}
