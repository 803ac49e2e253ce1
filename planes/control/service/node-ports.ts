import { assert } from '../../../kernel/base/assert.ts';
import { ApiError, type FieldError, InvalidError } from '../../../kernel/meta/errors.ts';
import { invalid } from '../../../kernel/meta/field-rules.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, draftObjects } from '../pod-spec/draft.ts';
import { needsHealthPort, needsNodePorts } from './exposure.ts';

/** Ports every node keeps for Services, both ends included: 30000 to 32767 unless said otherwise. */
export interface NodePortRange {
  readonly first: number;
  readonly last: number;
}

/** What the plugin needs. */
export interface NodePortOptions {
  readonly range: NodePortRange;
  /** All Services, as they are stored now. */
  readonly listServices: (signal: AbortSignal) => Promise<readonly Service[]>;
}

/**
 * Gives the ports of Services that are to answer on nodes a node port, and sees to it that no two Services have the same:
 * chosen before the write, made certain inside the commit step.
 */
export function serviceNodePorts({ range, listServices }: NodePortOptions): AdmissionPlugin {
  const count = range.last - range.first + 1;
  assert(count >= 1, 'There is at least one node port');
  let next = 0;
  return {
    name: 'ServiceNodePorts',
    handles: ({ definition, operation, subresource }) =>
      definition.kind === 'Service' && definition.group === '' && operation !== 'delete' && subresource === '',
    async mutate(draft, { old }, { signal }) {
      const spec = draftObject(draft, 'spec');
      if (spec === undefined) return;
      const ports = draftObjects(spec, 'ports');
      const wanted = needsNodePorts(spec) ? ports.map((port): PortField => [port, 'nodePort']) : [];
      if (wanted.length > 0) keepNodePorts(ports, old);
      if (needsHealthPort(spec)) {
        keepHealthPort(spec, old);
        wanted.push([spec, 'healthCheckNodePort']);
      }
      const missing = wanted.filter((field) => portNumber(field) === 0);
      if (missing.length === 0) return;
      const taken = new Set([...wanted.map(portNumber), ...(await listServices(signal)).flatMap(nodePortsOf)]);
      for (const field of missing) {
        for (let tried = 0; tried < count && portNumber(field) === 0; tried++) {
          const candidate = range.first + next;
          next = (next + 1) % count;
          if (taken.has(candidate)) continue;
          const [holder, name] = field;
          holder[name] = candidate;
          taken.add(candidate);
        }
        if (portNumber(field) === 0) {
          throw new ApiError('InternalError', 'failed to allocate a nodePort: range is full');
        }
      }
    },
    async validate(object, attributes) {
      const before = new Set(nodePortsOf(attributes.old));
      const detail = `provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`;
      const isOutside = (port: number) => !before.has(port) && (port < range.first || port > range.last);
      refuse(attributes, object, isOutside, detail);
    },
    commit(object, attributes, view) {
      const before = new Set(nodePortsOf(attributes.old));
      const added = nodePortsOf(object).filter((port) => !before.has(port));
      if (added.length === 0) return;
      const taken = new Set<number>();
      for (const other of view.list('services')) {
        const isSelf = other.metadata.name === attributes.name && other.metadata.namespace === attributes.namespace;
        if (!isSelf) for (const port of nodePortsOf(other)) taken.add(port);
      }
      const isTaken = (port: number) => !before.has(port) && taken.has(port);
      refuse(attributes, object, isTaken, 'provided port is already allocated');
    },
  };
}

/** Where a node port stands in a draft. */
type PortField = readonly [holder: DraftObject, name: 'nodePort' | 'healthCheckNodePort'];

function portNumber([holder, name]: PortField): number {
  const { [name]: port } = holder;
  return typeof port === 'number' ? port : 0;
}

/** An update that leaves it out keeps it (Kubernetes `patchAllocatedValues`). */
function keepHealthPort(spec: DraftObject, old: KubeObject | undefined): void {
  const service: Service | undefined = old;
  if (service?.spec !== undefined && needsHealthPort(service.spec)) {
    spec['healthCheckNodePort'] ??= service.spec.healthCheckNodePort;
  }
}

/** An update that leaves node ports out keeps them, by name (Kubernetes `patchAllocatedValues`). */
function keepNodePorts(ports: readonly DraftObject[], old: KubeObject | undefined): void {
  const service: Service | undefined = old;
  const before = new Map(service?.spec?.ports?.map(({ name = '', nodePort = 0 }) => [name, nodePort]));
  const used = new Set(ports.map((port) => portNumber([port, 'nodePort'])));
  for (const port of ports) {
    const kept = before.get((port['name'] ?? '') as string) ?? 0;
    if (portNumber([port, 'nodePort']) !== 0 || kept === 0 || used.has(kept)) continue;
    port['nodePort'] = kept;
    used.add(kept);
  }
}

function nodePortsOf(object: KubeObject | undefined): readonly number[] {
  const service: Service | undefined = object;
  const { ports = [], healthCheckNodePort = 0 } = service?.spec ?? {};
  return [...ports.map(({ nodePort = 0 }) => nodePort), healthCheckNodePort].filter((port) => port !== 0);
}

function refuse(
  { name }: AdmissionAttributes,
  object: KubeObject | undefined,
  isWrong: (port: number) => boolean,
  detail: string,
): void {
  const service: Service | undefined = object;
  const errors: FieldError[] = (service?.spec?.ports ?? []).flatMap(({ nodePort = 0 }, index): readonly FieldError[] =>
    nodePort === 0 || !isWrong(nodePort)
      ? []
      : [{ type: 'Invalid', path: `spec.ports[${index}].nodePort`, value: nodePort, detail }],
  );
  const health = service?.spec?.healthCheckNodePort ?? 0;
  if (health !== 0 && isWrong(health)) errors.push(invalid('spec.healthCheckNodePort', health, detail));
  if (errors.length > 0) throw new InvalidError({ kind: 'Service', group: '', name }, errors);
}
