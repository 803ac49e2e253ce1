import { canonicalJson } from '../../../kernel/meta/canonical-json.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import { sha256Digest } from '../../../kernel/ports/digest.ts';
import {
  type Bundle,
  type BundleConfig,
  bundleArtifactType,
  bundleConfigMediaType,
  bundleManifestMediaType,
  manifestsLayerMediaType,
} from '../../management/bundle/type.ts';

/** A component with the objects that go into the bundle. */
export interface RenderedComponent {
  readonly name: string;
  readonly dependsOn: readonly string[];
  readonly manifests: readonly KubeObject[];
}

/** What goes into a bundle. */
export interface BundleInput {
  readonly application: { readonly namespace: string; readonly name: string };
  readonly components: readonly RenderedComponent[];
  /** Manifests that could not be rendered. Sites then remove nothing. */
  readonly omitted: number;
}

/** A bundle with all its bytes. */
export interface BuiltBundle {
  readonly spec: Bundle['spec'];
  /** Bytes by digest, the OCI manifest last. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Makes an OCI image manifest of components: one layer per component, a config that says how they depend on each
 * other. Same content, same digest, on every machine.
 */
export function buildBundle({ application, components, omitted }: BundleInput): BuiltBundle {
  const blobs = new Map<string, Uint8Array>();
  const add = (mediaType: string, value: unknown): Descriptor => {
    const bytes = encoder.encode(canonicalJson(value));
    const digest = sha256Digest(bytes);
    blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.byteLength };
  };
  const layers = components.map((component) => ({
    component: component.name,
    descriptor: add(manifestsLayerMediaType, component.manifests),
  }));
  const config: BundleConfig = {
    application,
    components: components.map(({ name, dependsOn }, index) => ({
      name,
      type: 'manifests',
      dependsOn,
      layer: layers[index]?.descriptor.digest ?? '',
    })),
    omitted,
  };
  const configDescriptor = add(bundleConfigMediaType, config);
  const manifest = add(bundleManifestMediaType, {
    schemaVersion: 2,
    mediaType: bundleManifestMediaType,
    artifactType: bundleArtifactType,
    config: configDescriptor,
    layers: layers.map(({ component, descriptor }) => ({
      ...descriptor,
      annotations: { 'org.opencontainers.image.title': component },
    })),
  });
  const spec = {
    ...sized(manifest),
    config: sized(configDescriptor),
    layers: layers.map(({ component, descriptor }) => ({ ...sized(descriptor), component })),
  };
  return { spec, blobs };
}

function sized({ digest, size }: Descriptor): { readonly digest: string; readonly sizeBytes: number } {
  return { digest, sizeBytes: size };
}

const encoder = new TextEncoder();
