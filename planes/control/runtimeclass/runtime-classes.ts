import { jsonEquals } from '../../../kernel/meta/json.ts';
import { forbidden } from '../../../kernel/meta/forbidden.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { Pod, RuntimeClass, Toleration } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject } from '../pod-spec/draft.ts';

/** What the plugin needs. */
export interface RuntimeClassOptions {
  /** The RuntimeClass of that name, as it is stored now. */
  readonly findClass: (name: string, signal: AbortSignal) => Promise<RuntimeClass | undefined>;
}

/** Gives new pods what their RuntimeClass costs and where it runs (Kubernetes admission plugin `RuntimeClass`). */
export function runtimeClasses({ findClass }: RuntimeClassOptions): AdmissionPlugin {
  const classOf = async (name: unknown, attributes: AdmissionAttributes, signal: AbortSignal) => {
    if (typeof name !== 'string') return undefined;
    const found = await findClass(name, signal);
    if (found === undefined) {
      throw forbidden(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    }
    return found;
  };
  return {
    name: 'RuntimeClass',
    handles: ({ definition, operation, subresource }) =>
      definition.kind === 'Pod' && definition.group === '' && operation === 'create' && subresource === '',
    async mutate(draft, attributes, { signal }) {
      const spec = draftObject(draft, 'spec');
      const found = await classOf(spec?.['runtimeClassName'], attributes, signal);
      if (spec === undefined || found === undefined) return;
      setOverhead(spec, found, attributes);
      setScheduling(spec, found, attributes);
    },
    async validate(object, attributes, { signal }) {
      const { spec }: Pod = object as Pod;
      const wanted = (await classOf(spec?.runtimeClassName, attributes, signal))?.overhead;
      if (wanted === undefined && spec?.overhead === undefined) return;
      if (wanted === undefined) throw forbidden(attributes, withoutClass);
      if (!jsonEquals(wanted.podFixed ?? {}, spec?.overhead ?? {})) throw forbidden(attributes, otherOverhead);
    },
  };
}

const withoutClass = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
const otherOverhead = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

function setOverhead(spec: DraftObject, { overhead }: RuntimeClass, attributes: AdmissionAttributes): void {
  if (overhead === undefined) return;
  const { podFixed = {} } = overhead;
  const { overhead: given = {} } = spec;
  if (!jsonEquals(given, {}) && !jsonEquals(given, podFixed)) throw forbidden(attributes, otherOverhead);
  spec['overhead'] = { ...podFixed };
}

function setScheduling(spec: DraftObject, { scheduling }: RuntimeClass, attributes: AdmissionAttributes): void {
  if (scheduling === undefined) return;
  const { nodeSelector = {}, tolerations = [] } = scheduling;
  const labels = { ...draftObject(spec, 'nodeSelector') };
  for (const [label, value] of Object.entries(nodeSelector)) {
    const { [label]: given = value } = labels;
    if (given !== value) {
      const own = `pod.spec.nodeSelector[${label}] = ${String(given)}`;
      throw forbidden(attributes, `conflict: runtimeClass.scheduling.nodeSelector[${label}] = ${value}; ${own}`);
    }
    labels[label] = value;
  }
  if (Object.keys(labels).length > 0) spec['nodeSelector'] = labels;
  const given = Array.isArray(spec['tolerations']) ? (spec['tolerations'] as readonly Toleration[]) : [];
  const missing = tolerations.filter((toleration) => !given.some((other) => jsonEquals(other, toleration)));
  if (missing.length > 0) spec['tolerations'] = [...given, ...missing];
}
