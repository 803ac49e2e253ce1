import type { ContainerMount } from '../../../drivers/api/runtime.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { configMapKind } from '../../../kernel/kinds/configmap/type.ts';
import { secretKind } from '../../../kernel/kinds/secret/type.ts';
import type { Container, ContainerPort, Pod } from '../../../kernel/schema/standard/types.ts';
import type { PodInputs, PodPlace } from '../pod-runtime/environment.ts';
import { expandVariables } from '../pod-runtime/expand.ts';
import { MissingInput } from '../pod-runtime/missing-input.ts';
import type { PodKeeper } from '../pod-runtime/pod-keeper.ts';
import { type VolumeInputs, volumeContentOf } from '../pod-runtime/volume-content.ts';
import { serviceKind } from '../service/type.ts';
import { containersOf } from './facts.ts';
import { hostPortKey, hostPortsAnnotation, hostPortsOf, podKind } from './type.ts';

/** Where the pods of a keeper are. */
export function placeOf({ options: { nodeName, address, api } }: PodKeeper): PodPlace {
  return { nodeName, address, api };
}

/** What a pod may refer to in its namespace, from the cache. */
export function inputsOf(pass: Pass<Pod>): PodInputs {
  const namespace = pass.object.metadata.namespace ?? '';
  return {
    getConfigMap: (name) => pass.view.get(configMapKind, { namespace, name }),
    getSecret: (name) => pass.view.get(secretKind, { namespace, name }),
    listServices: () => pass.view.list(serviceKind, namespace),
  };
}

/**
 * Gives every declared container port a port of the host and writes that into the pod, once: a pod keeps its ports
 * through restarts of its containers and of the agent.
 * @returns the pod with its ports. @throws {MissingInput} when no port is left.
 */
export async function ensureHostPorts(pass: Pass<Pod>, keeper: PodKeeper): Promise<Pod> {
  const { object: pod } = pass;
  const has = hostPortsOf(pod);
  const declared = containersOf(pod).flatMap(({ container }) =>
    (container.ports ?? []).map((port) => ({ key: hostPortKey(container.name, port), port })),
  );
  const missing = declared.filter(({ key }) => has[key] === undefined);
  if (missing.length === 0) return pod;
  const given: Record<string, number> = { ...has };
  for (const { key, port } of missing) given[key] = fixedPort(pod, port) ?? (await reservePort(pass, keeper));
  const annotations = { [hostPortsAnnotation]: JSON.stringify(given) };
  const { namespace = '', name, uid } = pod.metadata;
  const body = { metadata: { uid, annotations } };
  const written = await pass.client.patch(podKind, { namespace, name }, { type: 'merge', body }, {}, pass.signal);
  keeper.ports.release(uid);
  return written;
}

/** The port the spec itself asks for. */
function fixedPort({ spec }: Pod, { hostPort, containerPort }: ContainerPort): number | undefined {
  return hostPort ?? (spec?.hostNetwork === true ? containerPort : undefined);
}

async function reservePort(pass: Pass<Pod>, keeper: PodKeeper): Promise<number> {
  const { prober, address, hostPorts } = keeper.options;
  const taken = new Set(pass.view.list(podKind).flatMap((pod) => Object.values(hostPortsOf(pod))));
  const isListening = async (port: number) =>
    (await prober.probe({ kind: 'tcp', address, port }, { timeoutMs: 200 }, pass.signal)).ok;
  const port = await keeper.ports.reserve(pass.object.metadata.uid, (candidate) => taken.has(candidate), isListening);
  if (port !== undefined) return port;
  const message = `no free host port left in ${hostPorts.first}–${hostPorts.last}`;
  throw new MissingInput('CreateContainerError', message);
}

/** Folders of a pod's volumes on this host, by volume name. */
export type VolumeFolders = ReadonlyMap<string, string>;

/**
 * Makes the volumes of a pod hold what they should hold now; running containers see changed files.
 * @throws {MissingInput} when something a volume needs is not there or not supported. @throws {DriverError}
 */
export async function ensureVolumes(pass: Pass<Pod>, keeper: PodKeeper): Promise<VolumeFolders> {
  const { object: pod } = pass;
  const { volumes } = keeper.options;
  const folders = new Map<string, string>();
  const inputs: VolumeInputs = {
    ...inputsOf(pass),
    getToken: (volumeName, source) => keeper.tokens.get(pod, volumeName, source, pass.signal),
  };
  for (const volume of pod.spec?.volumes ?? []) {
    const ref = { podUid: pod.metadata.uid, name: volume.name };
    const content = await volumeContentOf(pod, volume, inputs, placeOf(keeper));
    switch (content.kind) {
      case 'files':
        folders.set(volume.name, await volumes.project(ref, content.files, pass.signal));
        break;
      case 'scratch':
        folders.set(volume.name, await volumes.scratch(ref, pass.signal));
        break;
      case 'host':
        folders.set(volume.name, await volumes.host(content.path, content.type, pass.signal));
    }
  }
  return folders;
}

/** Mounts of a container, sub-paths resolved. */
export async function mountsOf(
  container: Container,
  folders: VolumeFolders,
  env: Readonly<Record<string, string>>,
  { keeper, signal }: { readonly keeper: PodKeeper; readonly signal: AbortSignal },
): Promise<readonly ContainerMount[]> {
  const mounts: ContainerMount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const folder = folders.get(mount.name);
    if (folder === undefined)
      throw new MissingInput('CreateContainerConfigError', `volume "${mount.name}" does not exist`);
    const subPath = mount.subPath ?? (mount.subPathExpr === undefined ? '' : expandVariables(mount.subPathExpr, env));
    const hostPath = subPath === '' ? folder : await keeper.options.volumes.resolve(folder, subPath, signal);
    mounts.push({ path: mount.mountPath, hostPath, readOnly: mount.readOnly ?? false });
  }
  return mounts;
}
