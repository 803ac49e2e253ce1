import type { ProjectedFile } from '../../../drivers/api/volume.ts';
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  Volume,
  VolumeProjection,
} from '../../../kernel/schema/standard/types.ts';
import { type PodInputs, type PodPlace, fieldValue, resourceValue } from './environment.ts';
import { MissingInput } from './missing-input.ts';
import type { TokenSource } from './pod-tokens.ts';

/** What a volume is on this host. */
export type VolumeContent =
  | { readonly kind: 'files'; readonly files: readonly ProjectedFile[] }
  | { readonly kind: 'scratch' }
  | { readonly kind: 'host'; readonly path: string; readonly type: string };

/** What volumes are made of, besides what variables are. */
export interface VolumeInputs extends PodInputs {
  /** @throws {MissingInput} when there is none. */
  getToken(volumeName: string, source: TokenSource): Promise<string>;
}

/** Permission bits of files when nothing is said: rw-r--r--. */
const modeDefault = 0o644;

/**
 * What a volume of a pod should hold now.
 * @throws {MissingInput} when an object it projects is not there, or its type is not supported here.
 */
export async function volumeContentOf(
  pod: Pod,
  volume: Volume,
  inputs: VolumeInputs,
  place: PodPlace,
): Promise<VolumeContent> {
  if (volume.emptyDir !== undefined) return { kind: 'scratch' };
  if (volume.hostPath !== undefined) {
    return { kind: 'host', path: volume.hostPath.path, type: volume.hostPath.type ?? '' };
  }
  const files = (list: readonly ProjectedFile[]): VolumeContent => ({ kind: 'files', files: list });
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap !== undefined) return files(configMapFiles({ ...configMap, volume: volume.name }, inputs));
  if (secret !== undefined) {
    return files(secretFiles({ ...secret, name: secret.secretName, volume: volume.name }, inputs));
  }
  if (downwardAPI !== undefined) {
    const mode = downwardAPI.defaultMode ?? modeDefault;
    return files((downwardAPI.items ?? []).map((item) => downwardFile(pod, item, mode, place)));
  }
  if (projected !== undefined) {
    const mode = projected.defaultMode ?? modeDefault;
    const context = { pod, volume, mode, inputs, place };
    const parts = (projected.sources ?? []).map((source) => projectionFiles(source, context));
    return files((await Promise.all(parts)).flat());
  }
  const type = Object.keys(volume).find((name) => name !== 'name') ?? 'unknown';
  throw new MissingInput('ContainerCreating', `volume "${volume.name}": type ${type} is not supported by this runtime`);
}

interface SourceRef {
  readonly name?: string | undefined;
  readonly volume: string;
  readonly items?: readonly KeyToPath[];
  readonly defaultMode?: number;
  readonly optional?: boolean;
}

function configMapFiles(source: SourceRef, inputs: PodInputs): readonly ProjectedFile[] {
  const map = inputs.getConfigMap(source.name ?? '');
  if (map === undefined) return missing(source, 'configmap');
  return select(contentsOfMap(map), source, 'configmap');
}

function secretFiles(source: SourceRef, inputs: PodInputs): readonly ProjectedFile[] {
  const secret = inputs.getSecret(source.name ?? '');
  if (secret === undefined) return missing(source, 'secret');
  return select(contentsOfSecret(secret), source, 'secret');
}

function missing({ name = '', volume, optional }: SourceRef, kind: 'configmap' | 'secret'): readonly ProjectedFile[] {
  if (optional === true) return [];
  const ref = { kind: kind === 'secret' ? 'Secret' : 'ConfigMap', name };
  const message = `MountVolume.SetUp failed for volume "${volume}" : ${kind} "${name}" not found`;
  throw new MissingInput('ContainerCreating', message, ref);
}

function contentsOfMap({ data = {}, binaryData = {} }: ConfigMap): ReadonlyMap<string, Uint8Array> {
  const encoder = new TextEncoder();
  return new Map([
    ...Object.entries(data).map(([key, text]) => [key, encoder.encode(text)] as const),
    ...Object.entries(binaryData).map(([key, base64]) => [key, Uint8Array.fromBase64(base64)] as const),
  ]);
}

function contentsOfSecret({ data = {} }: Secret): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(data).map(([key, base64]) => [key, Uint8Array.fromBase64(base64)] as const));
}

/** All keys as files of that name or, with `items`, those keys at those paths. */
function select(
  contents: ReadonlyMap<string, Uint8Array>,
  { name = '', volume, items = [], defaultMode = modeDefault, optional }: SourceRef,
  kind: string,
): readonly ProjectedFile[] {
  if (items.length === 0) return Array.from(contents, ([path, bytes]) => ({ path, bytes, mode: defaultMode }));
  return items.flatMap(({ key, path, mode }) => {
    const bytes = contents.get(key);
    if (bytes !== undefined) return [{ path, bytes, mode: mode ?? defaultMode }];
    if (optional === true) return [];
    const message = `MountVolume.SetUp failed for volume "${volume}" : references non-existent config key: ${key}`;
    throw new MissingInput('ContainerCreating', message, { kind: kind === 'secret' ? 'Secret' : 'ConfigMap', name });
  });
}

function downwardFile(pod: Pod, item: DownwardAPIVolumeFile, defaultMode: number, place: PodPlace): ProjectedFile {
  const { path, fieldRef, resourceFieldRef, mode = defaultMode } = item;
  const text =
    fieldRef !== undefined
      ? fieldValue(pod, fieldRef.fieldPath, place)
      : resourceFieldRef === undefined
        ? ''
        : resourceValue(pod, undefined, resourceFieldRef);
  return { path, bytes: new TextEncoder().encode(text), mode };
}

interface ProjectionContext {
  readonly pod: Pod;
  readonly volume: Volume;
  readonly mode: number;
  readonly inputs: VolumeInputs;
  readonly place: PodPlace;
}

async function projectionFiles(
  source: VolumeProjection,
  context: ProjectionContext,
): Promise<readonly ProjectedFile[]> {
  const { pod, volume, mode, inputs, place } = context;
  const shared = { volume: volume.name, defaultMode: mode };
  if (source.configMap !== undefined) return configMapFiles({ ...source.configMap, ...shared }, inputs);
  if (source.secret !== undefined) return secretFiles({ ...source.secret, ...shared }, inputs);
  if (source.downwardAPI !== undefined) {
    return (source.downwardAPI.items ?? []).map((item) => downwardFile(pod, item, mode, place));
  }
  if (source.serviceAccountToken !== undefined) {
    const { path } = source.serviceAccountToken;
    const token = await inputs.getToken(volume.name, source.serviceAccountToken);
    return [{ path, bytes: new TextEncoder().encode(token), mode }];
  }
  const type = Object.keys(source)[0] ?? 'unknown';
  const message = `volume "${volume.name}": projected source ${type} is not supported by this runtime`;
  throw new MissingInput('ContainerCreating', message);
}
