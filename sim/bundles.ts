import type { Machine } from './machine.ts';
import type { SeenObject } from './state.ts';

interface OciManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** All manifests of a bundle, read straight from the blobs of the hub. */
export function bundleManifests(hub: Machine, digest: string): readonly SeenObject[] {
  return readManifest(hub, digest).layers.flatMap((layer) => readBlob(hub, layer.digest) as readonly SeenObject[]);
}

/** Digests of all blobs of a bundle, its own included. */
export function bundleDigests(hub: Machine, digest: string): readonly string[] {
  const { config, layers } = readManifest(hub, digest);
  return [digest, config.digest, ...layers.map((layer) => layer.digest)];
}

function readManifest(hub: Machine, digest: string): OciManifest {
  return readBlob(hub, digest) as OciManifest;
}

/** Bundles that are cleared away stay known: what a world has seen once can always be judged. */
const everSeen = new WeakMap<Machine, Map<string, unknown>>();

function readBlob(hub: Machine, digest: string): unknown {
  const seen = everSeen.get(hub) ?? new Map<string, unknown>();
  everSeen.set(hub, seen);
  const bytes = hub.blobContents.get(digest);
  if (bytes === undefined && !seen.has(digest)) throw new Error(`The hub has no blob ${digest}`);
  if (bytes !== undefined && !seen.has(digest)) seen.set(digest, JSON.parse(new TextDecoder().decode(bytes)));
  return seen.get(digest);
}
