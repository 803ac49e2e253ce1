import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { type Infer, array, integer, object, required, string } from '../../../kernel/schema/schema.ts';
import { managementGroup } from '../site/type.ts';
import { admitBundle } from './admit.ts';

/** Media type of a bundle's manifest (OCI image specification 1.1, image manifest). */
export const bundleManifestMediaType = 'application/vnd.oci.image.manifest.v1+json';
/** `artifactType` of a bundle's manifest. */
export const bundleArtifactType = 'application/vnd.planform.bundle.v1';
/** Media type of the config blob: a `BundleConfig` as canonical JSON. */
export const bundleConfigMediaType = 'application/vnd.planform.bundle.config.v1+json';
/** Media type of a layer: the manifests of one component as a canonical JSON array. */
export const manifestsLayerMediaType = 'application/vnd.planform.component.manifests.v1+json';
/** Largest blob of a bundle, bytes. */
export const bundleBlobBytesMax = 16 * 1024 * 1024;

/** The config blob of a bundle: its components, in the order in which they were written. */
export interface BundleConfig {
  /** Where the bundle comes from. */
  readonly application: { readonly namespace: string; readonly name: string };
  readonly components: readonly BundleComponent[];
  /**
   * Manifests of the application that could not be rendered and are not in here. While there are any, sites remove
   * nothing: an object may be missing only because its manifest could not be read.
   */
  readonly omitted: number;
}

/** One component of a bundle. */
export interface BundleComponent {
  readonly name: string;
  readonly type: 'manifests';
  /** Components that must be healthy before this one is applied. */
  readonly dependsOn: readonly string[];
  /** Digest of its layer. */
  readonly layer: string;
}

const descriptor = {
  digest: required(string({ description: 'Digest of the bytes.', pattern: '^sha256:[0-9a-f]{64}$' })),
  sizeBytes: required(integer({ description: 'Number of bytes.', minimum: 0 })),
};

const bundleSchema = object({
  spec: required(
    object(
      {
        ...descriptor,
        config: required(object(descriptor, { description: 'The config blob.' })),
        layers: required(
          array(
            object({
              ...descriptor,
              component: required(string({ description: 'Component whose manifests the layer holds.' })),
            }),
            { description: 'One layer per component.', maxItems: 1000 },
          ),
        ),
      },
      { description: 'Digest of the OCI manifest and of everything it refers to. Never changes.' },
    ),
  ),
});

/** Immutable content, known by its digest. The bytes are in the blob store of the hub. */
export interface Bundle extends KubeObject, Infer<typeof bundleSchema> {}

/** Name of the Bundle object of a digest: `sha256-<hex>`. */
export function bundleName(digest: string): string {
  return digest.replace(':', '-');
}

/** Definition of the Bundle kind. */
export const bundleKind: KindDefinition<Bundle> = {
  group: managementGroup,
  kind: 'Bundle',
  plural: 'bundles',
  singular: 'bundle',
  categories: ['planform'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1alpha1',
      served: true,
      schema: {
        ...bundleSchema,
        description: 'Immutable content, named by its digest; its bytes lie in the blob store.',
      },
      columns: [
        {
          name: 'Components',
          type: 'integer',
          description: 'Number of components.',
          value: (bundle: Bundle) => bundle.spec.layers.length,
        },
        {
          name: 'Bytes',
          type: 'integer',
          description: 'Size of all layers.',
          value: (bundle: Bundle) => bundle.spec.layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
        },
        {
          name: 'Age',
          type: 'date',
          description: 'Since when the bundle exists.',
          value: '.metadata.creationTimestamp',
        },
      ],
    },
  ],
  storageVersion: 'v1alpha1',
  statusSubresource: false,
  history: 'none',
  admission: admitBundle,
  authorization: {
    content: ({ spec }) => ({
      digest: spec.digest,
      parts: [spec, spec.config, ...spec.layers].map(({ digest }) => digest),
    }),
  },
};
