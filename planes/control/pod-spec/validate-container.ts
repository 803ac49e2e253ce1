import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, present, supported } from '../../../kernel/meta/field-rules.ts';
import { checkPortName } from '../../../kernel/meta/names.ts';
import type {
  Container,
  ContainerPort,
  HTTPGetAction,
  PodSpec,
  Probe,
  VolumeMount,
} from '../../../kernel/schema/standard/types.ts';
import { validateEnvFrom, validateVariable } from './validate-env.ts';
import { validateResources } from './validate-resources.ts';
import { validateSecurity } from './validate-security.ts';
import type { VolumesByName } from './validate.ts';

/** Where a container stands. */
export interface ContainerPlace {
  readonly path: string;
  readonly isInit: boolean;
  readonly volumes: VolumesByName;
  /** What it is part of. */
  readonly pod: PodSpec;
}

/** Everything wrong with one container beyond its schema, but for its name. */
export function validateContainer(
  container: Container,
  { path, isInit, volumes, pod }: ContainerPlace,
): readonly FieldError[] {
  const claims = (pod.resourceClaims ?? []).map(({ name }) => name);
  return [
    ...validateImage(container.image, `${path}.image`),
    ...(container.ports ?? []).flatMap((port, index) => validatePort(port, `${path}.ports[${index}]`)),
    ...(container.env ?? []).flatMap((variable, index) => validateVariable(variable, `${path}.env[${index}]`)),
    ...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container, `${path}.volumeMounts`, volumes),
    ...validateDevices(container, `${path}.volumeDevices`, volumes),
    ...validateResources(container.resources, `${path}.resources`, claims),
    ...validateSecurity(container.securityContext, `${path}.securityContext`),
    ...validateLifecycle(container, { path, isInit, volumes, pod }),
    ...validateProbes(container, path, isInit),
  ];
}

function validateImage(image: string | undefined, path: string): readonly FieldError[] {
  if (image === undefined || image === image.trim()) return [];
  return [{ type: 'Invalid', path, value: image, detail: 'must not have leading or trailing whitespace' }];
}

function validatePort(port: ContainerPort, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (port.name !== undefined && port.name !== '') {
    for (const detail of checkPortName(port.name))
      errors.push({ type: 'Invalid', path: `${path}.name`, value: port.name, detail });
  }
  // Kubernetes: zero counts as absent.
  errors.push(...validatePortNumber(port.containerPort || undefined, `${path}.containerPort`));
  if (port.hostPort !== undefined) errors.push(...validatePortNumber(port.hostPort, `${path}.hostPort`));
  return errors;
}

/** A port number must be 1 … 65535. */
export function validatePortNumber(port: number | undefined, path: string): readonly FieldError[] {
  if (port === undefined) return [{ type: 'Required', path, detail: '' }];
  if (port >= 1 && port <= 65_535) return [];
  return [{ type: 'Invalid', path, value: port, detail: 'must be between 1 and 65535, inclusive' }];
}

function validateMounts(container: Container, path: string, volumes: VolumesByName): readonly FieldError[] {
  const taken = new Set<string>();
  return (container.volumeMounts ?? []).flatMap((mount, index) => {
    const given: Partial<VolumeMount> = mount;
    const [name, mountPath] = [given.name ?? '', given.mountPath ?? ''];
    const place = `${path}[${index}]`;
    const errors: FieldError[] = [...present(`${place}.name`, name)];
    if (!volumes.has(name)) errors.push({ type: 'NotFound', path: `${place}.name`, value: name, detail: '' });
    const at = `${place}.mountPath`;
    if (mountPath === '') errors.push({ type: 'Required', path: at, detail: '' });
    else if (taken.has(mountPath))
      errors.push({ type: 'Invalid', path: at, value: mountPath, detail: 'must be unique' });
    taken.add(mountPath);
    return [...errors, ...validateMountedPart(mount, container, { path, place })];
  });
}

interface MountPlace {
  /** Of all mounts: upstream leaves the number out for some fields. */
  readonly path: string;
  readonly place: string;
}

const propagations = ['Bidirectional', 'HostToContainer', 'None'];

function validateMountedPart(mount: VolumeMount, container: Container, { path, place }: MountPlace): FieldError[] {
  const { subPath = '', subPathExpr = '', mountPropagation } = mount;
  const errors: FieldError[] = subPath === '' ? [] : [...validateSubPath(subPath, `${path}.subPath`)];
  if (subPath !== '' && subPathExpr !== '') {
    const detail = 'subPathExpr and subPath are mutually exclusive';
    errors.push({ type: 'Invalid', path: `${place}.subPathExpr`, value: subPathExpr, detail });
  } else if (subPathExpr !== '') errors.push(...validateSubPath(subPathExpr, `${path}.subPathExpr`));
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    const detail = 'Bidirectional mount propagation is available only to privileged containers';
    errors.push({ type: 'Forbidden', path: `${path}.mountPropagation`, detail });
  } else if (mountPropagation !== undefined) {
    errors.push(...supported(`${path}.mountPropagation`, mountPropagation, propagations));
  }
  return errors;
}

function validateDevices(container: Container, path: string, volumes: VolumesByName): readonly FieldError[] {
  return (container.volumeDevices ?? []).flatMap(({ name, devicePath }, index): readonly FieldError[] => {
    const volume = volumes.get(name);
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [...present(`${at}.name`, name), ...present(`${at}.devicePath`, devicePath)];
    if (volume === undefined) errors.push({ type: 'NotFound', path: `${at}.name`, value: name, detail: '' });
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push({ type: 'Invalid', path: `${at}.name`, value: name, detail });
    }
    return errors;
  });
}

function validateLifecycle({ lifecycle, restartPolicy }: Container, { path, isInit, pod }: ContainerPlace) {
  if (lifecycle === undefined) return [];
  const at = `${path}.lifecycle`;
  if (isInit && restartPolicy !== 'Always') {
    const detail = 'may not be set for init containers without restartPolicy=Always';
    return [{ type: 'Forbidden', path: at, detail } as const];
  }
  const graceSeconds = pod.terminationGracePeriodSeconds ?? 30;
  return (['postStart', 'preStop'] as const).flatMap((name): readonly FieldError[] => {
    const handler = lifecycle[name];
    if (handler === undefined) return [];
    const { exec, httpGet, tcpSocket, sleep } = handler;
    const place = `${at}.${name}`;
    if ([exec, httpGet, tcpSocket, sleep].every((one) => one === undefined)) {
      return [{ type: 'Required', path: place, detail: 'must specify a handler type' }];
    }
    if (exec !== undefined && (exec.command ?? []).length === 0) return present(`${place}.exec.command`, '');
    if (sleep === undefined || (sleep.seconds >= 0 && sleep.seconds <= graceSeconds)) return [];
    const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
    return [{ type: 'Invalid', path: `${place}.sleep`, value: sleep.seconds, detail }];
  });
}

/**
 * A path of a file that is written into a volume: inside it, and not one of those by which a volume is swapped
 * (Kubernetes `ValidateLocalNonReservedPath`).
 */
export function validateFilePath(filePath: string, path: string): readonly FieldError[] {
  if (filePath === '') return [{ type: 'Required', path, detail: '' }];
  const errors = validateSubPath(filePath, path);
  if (errors.length > 0 || !filePath.startsWith('..')) return errors;
  return [{ type: 'Invalid', path, value: filePath, detail: "must not start with '..'" }];
}

/** A path inside a volume: relative, without `..`. */
export function validateSubPath(subPath: string, path: string): readonly FieldError[] {
  if (subPath.startsWith('/')) return [{ type: 'Invalid', path, value: subPath, detail: 'must be a relative path' }];
  if (!subPath.split('/').includes('..')) return [];
  return [{ type: 'Invalid', path, value: subPath, detail: "must not contain '..'" }];
}

function validateProbes(container: Container, path: string, isInit: boolean): readonly FieldError[] {
  const probes = {
    livenessProbe: container.livenessProbe,
    readinessProbe: container.readinessProbe,
    startupProbe: container.startupProbe,
  };
  const errors: FieldError[] = [];
  for (const [name, probe] of Object.entries(probes)) {
    if (probe === undefined) continue;
    if (isInit && container.restartPolicy !== 'Always') {
      const detail = 'may not be set for init containers without restartPolicy=Always';
      errors.push({ type: 'Forbidden', path: `${path}.${name}`, detail });
    }
    errors.push(...validateProbe(probe, `${path}.${name}`, name !== 'readinessProbe'));
    errors.push(...validateGrace(probe, `${path}.${name}.terminationGracePeriodSeconds`, name));
  }
  return errors;
}

function validateGrace(
  { terminationGracePeriodSeconds: value }: Probe,
  path: string,
  name: string,
): readonly FieldError[] {
  if (value === undefined) return [];
  if (name === 'readinessProbe') {
    return [{ type: 'Invalid', path, value, detail: 'must not be set for readinessProbes' }];
  }
  return value > 0 ? [] : [{ type: 'Invalid', path, value, detail: 'must be greater than 0' }];
}

const headerFormat = '[-A-Za-z0-9]+';

function checkHeader(name: string): readonly string[] {
  if (/^[-A-Za-z0-9]+$/.test(name)) return [];
  return [
    `a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '${headerFormat}')`,
  ];
}

const schemes = ['HTTP', 'HTTPS'];

function validateHttp({ port, scheme, httpHeaders = [] }: HTTPGetAction, path: string): readonly FieldError[] {
  return [
    ...validateProbePort(port, `${path}.port`),
    ...(scheme === undefined ? [] : supported(`${path}.scheme`, scheme, schemes)),
    ...httpHeaders.flatMap(({ name }) => checked(`${path}.httpHeaders`, name, checkHeader)),
  ];
}

const probeCounts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

function validateProbe(probe: Probe, path: string, needsOneSuccess: boolean): readonly FieldError[] {
  const errors: FieldError[] = [];
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter(
    (handler) => probe[handler] !== undefined,
  );
  if (handlers.length === 0) errors.push({ type: 'Required', path, detail: 'must specify a handler type' });
  for (const handler of handlers.slice(1)) {
    errors.push({ type: 'Forbidden', path: `${path}.${handler}`, detail: 'may not specify more than 1 handler type' });
  }
  for (const name of probeCounts) {
    const count = probe[name];
    if (count !== undefined && count < 0) {
      errors.push({
        type: 'Invalid',
        path: `${path}.${name}`,
        value: count,
        detail: 'must be greater than or equal to 0',
      });
    }
  }
  if (needsOneSuccess && probe.successThreshold !== undefined && probe.successThreshold !== 1) {
    errors.push({
      type: 'Invalid',
      path: `${path}.successThreshold`,
      value: probe.successThreshold,
      detail: 'must be 1',
    });
  }
  if (probe.httpGet !== undefined) errors.push(...validateHttp(probe.httpGet, `${path}.httpGet`));
  if (probe.tcpSocket !== undefined) errors.push(...validateProbePort(probe.tcpSocket.port, `${path}.tcpSocket.port`));
  if (probe.grpc !== undefined) errors.push(...validatePortNumber(probe.grpc.port ?? 0, `${path}.grpc.port`));
  if (probe.exec !== undefined && (probe.exec.command ?? []).length === 0) {
    errors.push({ type: 'Required', path: `${path}.exec.command`, detail: '' });
  }
  return errors;
}

function validateProbePort(port: number | string | undefined, path: string): readonly FieldError[] {
  if (typeof port !== 'string') return validatePortNumber(port ?? 0, path);
  return checkPortName(port).map((detail) => ({ type: 'Invalid', path, value: port, detail }));
}
