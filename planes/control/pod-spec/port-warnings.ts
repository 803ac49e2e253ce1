import type { Container, ContainerPort } from '../../../kernel/schema/standard/types.ts';

interface PlacedPort {
  readonly path: string;
  readonly port: ContainerPort;
}

/** What the writer of a pod should know of its ports: most rules for them are older than the thought that two may be one. */
export function portWarnings(
  containers: readonly (readonly [container: Container, path: string])[],
): readonly string[] {
  const ports = containers.flatMap(([container, path]) =>
    (container.ports ?? []).map((port, index): PlacedPort => ({ port, path: `${path}.ports[${index}]` })),
  );
  const numbers = ports.flatMap((placed, index) => [
    ...addressWarning(placed),
    ...ports.slice(0, index).flatMap((other) => overlapWarning(placed, other)),
  ]);
  return [...numbers, ...nameWarnings(ports)];
}

function addressWarning({ port, path }: PlacedPort): readonly string[] {
  const { name = '', hostPort = 0, containerPort, protocol = 'TCP', hostIP = '' } = port;
  if (hostIP === '' || hostPort !== 0) return [];
  const shown = `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol} HostIP:${hostIP}}`;
  return [`${path}: hostIP set without hostPort: ${shown}`];
}

function overlapWarning({ port, path }: PlacedPort, other: PlacedPort): readonly string[] {
  const { containerPort, protocol = 'TCP', hostPort = 0, hostIP = '' } = port;
  const { hostPort: otherHostPort = 0, hostIP: otherHostIp = '' } = other.port;
  if (containerPort !== other.port.containerPort || protocol !== (other.port.protocol ?? 'TCP')) return [];
  if (hostIP === otherHostIp && hostPort === otherHostPort) {
    return [`${path}: duplicate port definition with ${other.path}`];
  }
  if (hostPort === 0 || otherHostPort === 0) return [`${path}: overlapping port definition with ${other.path}`];
  const isOneOpen = (hostIP === '') !== (otherHostIp === '');
  if (hostPort !== otherHostPort || !isOneOpen) return [];
  return [`${path}: dangerously ambiguous port definition with ${other.path}`];
}

function nameWarnings(ports: readonly PlacedPort[]): readonly string[] {
  const first = new Map<string, string>();
  return ports.flatMap(({ port: { name = '' }, path }) => {
    const other = first.get(name);
    if (other === undefined) first.set(name, path);
    if (name === '' || other === undefined) return [];
    const what = `services and probes that select ports by name will use ${other}`;
    return [`${path}: duplicate port name ${JSON.stringify(name)} with ${other}, ${what}`];
  });
}
