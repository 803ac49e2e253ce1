import type { Volume, VolumeProjection } from '../../../kernel/schema/standard/types.ts';

/** Kinds of volumes that no longer work, and since when. */
const deadSources: readonly (readonly [source: keyof Volume, advice: string])[] = [
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** What the writer of a pod should know of its volumes: sources that do nothing, files that hide others. */
export function volumeWarnings(volumes: readonly Volume[], path: string): readonly string[] {
  const dead = volumes.flatMap((volume, index) =>
    deadSources.flatMap(([source, advice]) =>
      volume[source] === undefined ? [] : [`${path}[${index}].${source}: ${advice}`],
    ),
  );
  return [...dead, ...volumes.flatMap(overlapWarnings)];
}

/** A file of a volume and, where a volume has several sources, which of them it is from. */
interface File {
  readonly path: string;
  readonly source: string;
}

type Items = readonly { readonly path: string }[] | undefined;

function filesOf(items: Items, source = ''): readonly File[] {
  return (items ?? []).map(({ path }) => ({ path: path.replace(/\/+$/, ''), source }));
}

function overlapWarnings({ name, configMap, secret, downwardAPI, projected }: Volume): readonly string[] {
  const told = (what: string, files: readonly File[]) =>
    overlaps(files).map((one) => `volume ${JSON.stringify(name)} (${what}): overlapping paths: ${one}`);
  const empty = (projected?.sources ?? [])
    .filter((source) => Object.keys(source).length === 0)
    .map(() => `volume ${JSON.stringify(name)} (Projected) has no sources provided`);
  return [
    ...told(`ConfigMap ${JSON.stringify(configMap?.name ?? '')}`, filesOf(configMap?.items)),
    ...told(`Secret ${JSON.stringify(secret?.secretName ?? '')}`, filesOf(secret?.items)),
    ...told('DownwardAPI', filesOf(downwardAPI?.items)),
    ...empty,
    ...told('Projected', (projected?.sources ?? []).flatMap(projectedFiles)),
  ];
}

function projectedFiles(projection: VolumeProjection): readonly File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = projection;
  const { certificateChainPath = '', keyPath = '', credentialBundlePath = '' } = podCertificate ?? {};
  const bundle = clusterTrustBundle?.name ?? clusterTrustBundle?.signerName ?? '';
  const certificate = [
    ['chain', certificateChainPath],
    ['key', keyPath],
    ['credential bundle', credentialBundlePath],
  ] as const;
  return [
    ...filesOf(configMap?.items, `ConfigMap ${JSON.stringify(configMap?.name ?? '')}`),
    ...filesOf(secret?.items, `Secret ${JSON.stringify(secret?.name ?? '')}`),
    ...filesOf(downwardAPI?.items, 'DownwardAPI'),
    ...filesOf(serviceAccountToken === undefined ? [] : [serviceAccountToken], 'ServiceAccountToken'),
    ...filesOf(
      clusterTrustBundle === undefined ? [] : [clusterTrustBundle],
      `ClusterTrustBundle ${JSON.stringify(bundle)}`,
    ),
    ...certificate.flatMap(([what, path]) => (path === '' ? [] : filesOf([{ path }], `PodCertificate ${what}`))),
  ];
}

/** Files that are one, or of which one would have to be a folder. */
function overlaps(files: readonly File[]): readonly string[] {
  return files.flatMap((file, index) =>
    files
      .slice(0, index)
      .filter((other) => file.path !== '' && other.path !== '' && (isWithin(other, file) || isWithin(file, other)))
      .map((other) => `${format(file)} with ${format(other)}`),
  );
}

function isWithin({ path }: File, folder: File): boolean {
  return `${path}/`.startsWith(`${folder.path}/`);
}

function format({ path, source }: File): string {
  return source === '' ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
}
