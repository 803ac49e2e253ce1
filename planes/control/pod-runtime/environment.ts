import { parseQuantity, quantityToNumber } from '../../../kernel/meta/quantity.ts';
import type {
  ConfigMap,
  ConfigMapKeySelector,
  Container,
  EnvFromSource,
  EnvVar,
  Pod,
  ResourceFieldSelector,
  Secret,
  SecretKeySelector,
  Service,
} from '../../../kernel/schema/standard/types.ts';
import { hostPortKey, hostPortsOf } from '../pod/type.ts';
import { hasAddress } from '../service/type.ts';
import { expandVariables } from './expand.ts';
import { MissingInput } from './missing-input.ts';

/** What a pod's containers and volumes may refer to, in the pod's own namespace. */
export interface PodInputs {
  getConfigMap(name: string): ConfigMap | undefined;
  getSecret(name: string): Secret | undefined;
  /** Services of the namespace, for the variables that tell where they are. */
  listServices(): readonly Service[];
}

/** Where the pod is. */
export interface PodPlace {
  readonly nodeName: string;
  /** Address of host and pod. */
  readonly address: string;
  /** Where pods reach the API server; absent: they are not told. */
  readonly api?: ApiPlace | undefined;
}

/** Where an API server answers. */
export interface ApiPlace {
  readonly host: string;
  readonly port: number;
}

/**
 * The environment of a container: addresses of the API server and of Services, then `envFrom`, then `env` with `$(NAME)` expanded, and last,
 * above all of them, what only the runtime knows: `HOST`, `PORT` (the first container port) and `PORT_<NAME>`.
 * @throws {MissingInput} when something it needs is not there.
 */
export function environmentOf(
  pod: Pod,
  container: Container,
  inputs: PodInputs,
  place: PodPlace,
): Readonly<Record<string, string>> {
  const given = placeVariables(pod, container, place);
  const env: Record<string, string> = {};
  // Kubernetes: client libraries find the API server by these, whether or not a pod wants to know of other Services.
  if (place.api !== undefined) Object.assign(env, apiVariables(place.api));
  if (pod.spec?.enableServiceLinks !== false) Object.assign(env, serviceVariables(inputs.listServices()));
  for (const source of container.envFrom ?? []) Object.assign(env, variablesFrom(source, inputs));
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, { pod, container, inputs, place }, { ...env, ...given });
    if (value !== undefined) env[variable.name] = value;
  }
  return { ...env, ...given };
}

/** The program and its arguments, expanded. @throws {MissingInput} when there is no command: images have no say here. */
export function commandOf(container: Container, env: Readonly<Record<string, string>>): readonly string[] {
  const command = container.command ?? [];
  if (command.length === 0) {
    throw new MissingInput(
      'CreateContainerConfigError',
      `command is required: the runtime runs commands on the host and does not read the entrypoint of image "${container.image ?? ''}"`,
    );
  }
  return [...command, ...(container.args ?? [])].map((text) => expandVariables(text, env));
}

function placeVariables(pod: Pod, container: Container, { address }: PodPlace): Readonly<Record<string, string>> {
  const hostPorts = hostPortsOf(pod);
  const ports = (container.ports ?? []).flatMap((port) => {
    const hostPort = hostPorts[hostPortKey(container.name, port)];
    return hostPort === undefined ? [] : [{ name: port.name, hostPort }];
  });
  const [first] = ports;
  const env: Record<string, string> = { HOST: address };
  if (first !== undefined) env['PORT'] = String(first.hostPort);
  for (const { name, hostPort } of ports) if (name !== undefined) env[`PORT_${variableName(name)}`] = String(hostPort);
  return env;
}

function apiVariables({ host, port }: ApiPlace): Readonly<Record<string, string>> {
  return {
    KUBERNETES_SERVICE_HOST: host,
    KUBERNETES_SERVICE_PORT: String(port),
    KUBERNETES_SERVICE_PORT_HTTPS: String(port),
  };
}

/** `<NAME>_SERVICE_HOST`, `_SERVICE_PORT` and `_SERVICE_PORT_<PORT>` (Kubernetes `envvars.FromServices`). */
function serviceVariables(services: readonly Service[]): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const service of services.filter(hasAddress)) {
    const prefix = `${variableName(service.metadata.name)}_SERVICE`;
    const ports = service.spec?.ports ?? [];
    env[`${prefix}_HOST`] = service.spec?.clusterIP ?? '';
    if (ports[0] !== undefined) env[`${prefix}_PORT`] = String(ports[0].port);
    for (const { name, port } of ports)
      if (name !== undefined) env[`${prefix}_PORT_${variableName(name)}`] = String(port);
  }
  return env;
}

function variableName(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

function variablesFrom(source: EnvFromSource, inputs: PodInputs): Readonly<Record<string, string>> {
  const { prefix = '', configMapRef, secretRef } = source;
  let entries: readonly (readonly [string, string])[] = [];
  if (configMapRef !== undefined) {
    const map = inputs.getConfigMap(configMapRef.name ?? '');
    if (map === undefined && configMapRef.optional !== true) throw notFound('configmap', configMapRef.name);
    entries = Object.entries(map?.data ?? {});
  } else if (secretRef !== undefined) {
    const secret = inputs.getSecret(secretRef.name ?? '');
    if (secret === undefined && secretRef.optional !== true) throw notFound('secret', secretRef.name);
    entries = Object.entries(secret?.data ?? {}).map(([name, value]) => [name, decodeText(value)]);
  }
  return Object.fromEntries(entries.map(([name, value]) => [`${prefix}${name}`, value]));
}

interface ValueContext {
  readonly pod: Pod;
  readonly container: Container;
  readonly inputs: PodInputs;
  readonly place: PodPlace;
}

/** The value of one variable; `undefined` when an optional source is not there. */
function valueOf(
  { value, valueFrom }: EnvVar,
  context: ValueContext,
  known: Readonly<Record<string, string>>,
): string | undefined {
  if (valueFrom === undefined) return expandVariables(value ?? '', known);
  const { pod, container, inputs, place } = context;
  if (valueFrom.fieldRef !== undefined) return fieldValue(pod, valueFrom.fieldRef.fieldPath, place);
  if (valueFrom.resourceFieldRef !== undefined) return resourceValue(pod, container, valueFrom.resourceFieldRef);
  if (valueFrom.configMapKeyRef !== undefined) return keyOfMap(pod, valueFrom.configMapKeyRef, inputs);
  if (valueFrom.secretKeyRef !== undefined) return keyOfSecret(pod, valueFrom.secretKeyRef, inputs);
  throw new MissingInput('CreateContainerConfigError', 'fileKeyRef is not supported by this runtime');
}

function keyOfMap(pod: Pod, ref: ConfigMapKeySelector, inputs: PodInputs): string | undefined {
  const map = inputs.getConfigMap(ref.name ?? '');
  if (map === undefined && ref.optional !== true) throw notFound('configmap', ref.name);
  const value = map?.data?.[ref.key];
  if (value === undefined && ref.optional !== true) throw keyNotFound('ConfigMap', pod, ref);
  return value;
}

function keyOfSecret(pod: Pod, ref: SecretKeySelector, inputs: PodInputs): string | undefined {
  const secret = inputs.getSecret(ref.name ?? '');
  if (secret === undefined && ref.optional !== true) throw notFound('secret', ref.name);
  const value = secret?.data?.[ref.key];
  if (value === undefined && ref.optional !== true) throw keyNotFound('Secret', pod, ref);
  return value === undefined ? undefined : decodeText(value);
}

/** A field of the pod the downward API offers. @throws {MissingInput} for any other path. */
export function fieldValue(pod: Pod, path: string, { nodeName, address }: PodPlace): string {
  const { metadata, spec } = pod;
  const entry = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (entry !== null) return metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] ?? ''] ?? '';
  switch (path) {
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'metadata.labels':
      return formatPairs(metadata.labels);
    case 'metadata.annotations':
      return formatPairs(metadata.annotations);
    case 'spec.nodeName':
      return nodeName;
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? 'default';
    case 'status.hostIP':
    case 'status.hostIPs':
    case 'status.podIP':
    case 'status.podIPs':
      return address;
    default:
      throw new MissingInput('CreateContainerConfigError', `unsupported fieldPath: ${path}`);
  }
}

/** A request or limit in units of the divisor, rounded up. @throws {MissingInput} when the reference leads nowhere. */
export function resourceValue(pod: Pod, own: Container | undefined, selector: ResourceFieldSelector): string {
  const { containerName, resource, divisor } = selector;
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const container = containerName === undefined ? own : all.find(({ name }) => name === containerName);
  const [list = '', name = ''] = resource.split('.');
  if (container === undefined || (list !== 'limits' && list !== 'requests')) {
    throw new MissingInput('CreateContainerConfigError', `unsupported resource reference: ${resource}`);
  }
  const amount = parseQuantity(container.resources?.[list]?.[name] ?? '0');
  const unit = parseQuantity(divisor === undefined || divisor === '0' ? '1' : divisor);
  if (amount === undefined || unit === undefined) return '0';
  return String(Math.ceil(quantityToNumber(amount) / quantityToNumber(unit)));
}

/** `key="value"` per line, as the kubelet writes labels and annotations. */
function formatPairs(pairs: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(pairs ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');
}

function notFound(kind: 'configmap' | 'secret', name: string | undefined): MissingInput {
  const ref = { kind: kind === 'secret' ? 'Secret' : 'ConfigMap', name: name ?? '' };
  return new MissingInput('CreateContainerConfigError', `${kind} "${name ?? ''}" not found`, ref);
}

function keyNotFound(kind: string, pod: Pod, { key, name = '' }: { key: string; name?: string }): MissingInput {
  const message = `couldn't find key ${key} in ${kind} ${pod.metadata.namespace ?? ''}/${name}`;
  return new MissingInput('CreateContainerConfigError', message, { kind, name });
}

function decodeText(base64: string): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64));
}
