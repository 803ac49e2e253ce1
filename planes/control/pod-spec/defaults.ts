import { type DraftObject, draftObject, draftObjects, setDefault } from './draft.ts';

/** Fields of a volume that say where its content comes from: everything but the name. */
function hasSource(volume: DraftObject): boolean {
  return Object.entries(volume).some(([name, value]) => name !== 'name' && value !== undefined && value !== null);
}

/**
 * Fills what depends on other fields of a PodSpec, in Pods and templates alike (Kubernetes `SetDefaults_PodSpec`,
 * `SetDefaults_Container`, `SetDefaults_Volume`). Idempotent.
 */
export function defaultPodSpec(spec: DraftObject): void {
  for (const volume of draftObjects(spec, 'volumes')) defaultVolume(volume);
  const hostNetwork = spec['hostNetwork'] === true;
  for (const container of [...draftObjects(spec, 'initContainers'), ...draftObjects(spec, 'containers')]) {
    // A Go client sends it back even when it is empty; without it a rolled back template would look like a new one.
    setDefault(container, 'resources', {});
    defaultPullPolicy(container);
    for (const port of draftObjects(container, 'ports')) {
      if (hostNetwork) setDefault(port, 'hostPort', port['containerPort']);
    }
  }
  for (const container of draftObjects(spec, 'ephemeralContainers')) defaultPullPolicy(container);
  // The older name of the field; both are kept alike (Kubernetes conversion.go).
  const account = spec['serviceAccountName'] ?? spec['serviceAccount'];
  if (typeof account === 'string' && account !== '') {
    spec['serviceAccountName'] = account;
    spec['serviceAccount'] = account;
  }
}

function defaultVolume(volume: DraftObject): void {
  if (!hasSource(volume)) volume['emptyDir'] = {};
  const image = draftObject(volume, 'image');
  const reference = image?.['reference'];
  if (image !== undefined) setDefault(image, 'pullPolicy', pullPolicy(typeof reference === 'string' ? reference : ''));
}

/** Further defaults of Pods that templates do not get (Kubernetes `SetDefaults_Pod`). */
export function defaultPod(spec: DraftObject): void {
  defaultPodSpec(spec);
  setDefault(spec, 'enableServiceLinks', true);
  for (const container of [...draftObjects(spec, 'initContainers'), ...draftObjects(spec, 'containers')]) {
    const resources = draftObject(container, 'resources');
    const limits = draftObject(resources, 'limits');
    if (resources === undefined || limits === undefined) continue;
    setDefault(resources, 'requests', {});
    const requests = draftObject(resources, 'requests');
    if (requests !== undefined) for (const [name, limit] of Object.entries(limits)) setDefault(requests, name, limit);
  }
}

function defaultPullPolicy(container: DraftObject): void {
  const { image } = container;
  if (typeof image === 'string' && image !== '') setDefault(container, 'imagePullPolicy', pullPolicy(image));
}

/** `Always` for images without a tag or with `latest`. */
function pullPolicy(image: string): string {
  if (image === '' || image.includes('@')) return 'IfNotPresent';
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent';
}
