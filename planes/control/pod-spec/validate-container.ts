import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checkPortName, checkVariableName } from '../../../kernel/meta/names.ts';
import { compareQuantities, parseQuantity } from '../../../kernel/meta/quantity.ts';
import type {
  Container,
  ContainerPort,
  EnvVar,
  Probe,
  ResourceRequirements,
  VolumeMount,
} from '../../../kernel/schema/standard/types.ts';
import type { VolumesByName } from './validate.ts';

/** Where a container stands. */
export interface ContainerPlace {
  readonly path: string;
  readonly isInit: boolean;
  readonly volumes: VolumesByName;
}

/** Everything wrong with one container beyond its schema, but for its name. */
export function validateContainer(
  container: Container,
  { path, isInit, volumes }: ContainerPlace,
): readonly FieldError[] {
  return [
    ...(container.ports ?? []).flatMap((port, index) => validatePort(port, `${path}.ports[${index}]`)),
    ...(container.env ?? []).flatMap((variable, index) => validateVariable(variable, `${path}.env[${index}]`)),
    ...validateMounts(container.volumeMounts ?? [], `${path}.volumeMounts`, volumes),
    ...validateResources(container.resources, `${path}.resources`),
    ...validateProbes(container, path, isInit),
  ];
}

function validatePort(port: ContainerPort, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (port.name !== undefined && port.name !== '') {
    for (const detail of checkPortName(port.name))
      errors.push({ type: 'Invalid', path: `${path}.name`, value: port.name, detail });
  }
  errors.push(...validatePortNumber(port.containerPort, `${path}.containerPort`));
  if (port.hostPort !== undefined) errors.push(...validatePortNumber(port.hostPort, `${path}.hostPort`));
  return errors;
}

/** A port number must be 1 … 65535. */
export function validatePortNumber(port: number | undefined, path: string): readonly FieldError[] {
  if (port === undefined) return [{ type: 'Required', path, detail: '' }];
  if (port >= 1 && port <= 65_535) return [];
  return [{ type: 'Invalid', path, value: port, detail: 'must be between 1 and 65535, inclusive' }];
}

function validateVariable(variable: EnvVar, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (variable.name === undefined || variable.name === '') {
    errors.push({ type: 'Required', path: `${path}.name`, detail: '' });
  } else {
    for (const detail of checkVariableName(variable.name)) {
      errors.push({ type: 'Invalid', path: `${path}.name`, value: variable.name, detail });
    }
  }
  const { valueFrom } = variable;
  if (valueFrom === undefined) return errors;
  const sourceCount = Object.values(valueFrom).filter((source) => source !== undefined).length;
  const invalid = (detail: string) => errors.push({ type: 'Invalid', path: `${path}.valueFrom`, value: '', detail });
  if (sourceCount === 0) {
    invalid('must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`');
  }
  if ((variable.value ?? '') !== '' && sourceCount > 0) invalid('may not be specified when `value` is not empty');
  if (sourceCount > 1) invalid('may not have more than one field specified at a time');
  return errors;
}

function validateMounts(mounts: readonly VolumeMount[], path: string, volumes: VolumesByName): readonly FieldError[] {
  const taken = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const errors: FieldError[] = [];
    const place = `${path}[${index}]`;
    if (mount.name === undefined || mount.name === '')
      errors.push({ type: 'Required', path: `${place}.name`, detail: '' });
    else if (!volumes.has(mount.name))
      errors.push({ type: 'NotFound', path: `${place}.name`, value: mount.name, detail: '' });
    const at = `${place}.mountPath`;
    if (mount.mountPath === undefined || mount.mountPath === '')
      errors.push({ type: 'Required', path: at, detail: '' });
    else if (taken.has(mount.mountPath))
      errors.push({ type: 'Invalid', path: at, value: mount.mountPath, detail: 'must be unique' });
    taken.add(mount.mountPath);
    if (mount.subPath !== undefined) errors.push(...validateSubPath(mount.subPath, `${place}.subPath`));
    return errors;
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

function validateResources(resources: ResourceRequirements | undefined, path: string): readonly FieldError[] {
  const limits = resources?.limits ?? {};
  return Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
    const [asked, limit] = [parseQuantity(request), parseQuantity(limits[name] ?? '')];
    if (asked === undefined || limit === undefined || compareQuantities(asked, limit) <= 0) return [];
    const detail = `must be less than or equal to ${name} limit of ${limits[name]}`;
    return [{ type: 'Invalid', path: `${path}.requests`, value: request, detail } as const];
  });
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
  }
  return errors;
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
  if (probe.httpGet !== undefined) errors.push(...validateProbePort(probe.httpGet.port, `${path}.httpGet.port`));
  if (probe.tcpSocket !== undefined) errors.push(...validateProbePort(probe.tcpSocket.port, `${path}.tcpSocket.port`));
  if (probe.exec !== undefined && (probe.exec.command ?? []).length === 0) {
    errors.push({ type: 'Required', path: `${path}.exec.command`, detail: '' });
  }
  return errors;
}

function validateProbePort(port: number | string | undefined, path: string): readonly FieldError[] {
  if (typeof port !== 'string') return validatePortNumber(port, path);
  return checkPortName(port).map((detail) => ({ type: 'Invalid', path, value: port, detail }));
}
