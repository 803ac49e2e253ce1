import type { ApiError } from '../../../kernel/meta/errors.ts';
import { forbidden } from '../../../kernel/meta/forbidden.ts';
import { formatResource } from '../../../kernel/meta/key.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { Pod, PriorityClass } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, setDefault } from '../pod-spec/draft.ts';

/** What the plugin needs. */
export interface PriorityOptions {
  /** All PriorityClasses, as they are stored now. */
  readonly listClasses: (signal: AbortSignal) => Promise<readonly PriorityClass[]>;
}

/**
 * Gives new pods the priority of their class, and sees to it that at most one class is the default (Kubernetes admission
 * plugin `Priority`).
 */
export function podPriorities({ listClasses }: PriorityOptions): AdmissionPlugin {
  return {
    name: 'Priority',
    handles: ({ definition: { kind, group }, operation, subresource }) => {
      if (subresource !== '') return false;
      const isOurs = formatResource(kind, group) === 'Pod' || formatResource(kind, group) === classKind;
      return isOurs && operation !== 'delete';
    },
    async mutate(draft, attributes, { signal }) {
      const spec = attributes.definition.kind === 'Pod' ? draftObject(draft, 'spec') : undefined;
      if (spec === undefined) return;
      if (attributes.old === undefined) setPriority(spec, await listClasses(signal), attributes);
      else keepPriority(spec, attributes.old);
    },
    async validate(object, attributes, { signal }) {
      const created: PriorityClass | undefined = attributes.definition.kind === 'Pod' ? undefined : object;
      if (created?.globalDefault !== true) return;
      const classes = await listClasses(signal);
      const other = classes.find((one) => one.globalDefault === true && one.metadata.name !== attributes.name);
      if (other === undefined) return;
      const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
      throw forbidden(attributes, why);
    },
  };
}

const classKind = 'PriorityClass.scheduling.k8s.io';

/** What a pod was given stays when an update leaves it out; it cannot be changed. */
function keepPriority(spec: DraftObject, old: Pod): void {
  for (const field of ['priority', 'preemptionPolicy'] as const) {
    const before = old.spec?.[field];
    if (before !== undefined) setDefault(spec, field, before);
  }
}

const noClass = { value: 0, preemptionPolicy: 'PreemptLowerPriority' };

/** The number is that of the class; pods may repeat it and not choose another. */
function setPriority(spec: DraftObject, classes: readonly PriorityClass[], attributes: AdmissionAttributes): void {
  const { priorityClassName: name = '' } = spec;
  const found = name === '' ? defaultOf(classes) : classes.find(({ metadata }) => metadata.name === name);
  if (name !== '' && found === undefined) {
    throw forbidden(attributes, `no PriorityClass with name ${JSON.stringify(name).slice(1, -1)} was found`);
  }
  if (found !== undefined) spec['priorityClassName'] = found.metadata.name;
  const { value = 0, preemptionPolicy = noClass.preemptionPolicy } = found ?? noClass;
  take(spec, 'priority', value, () => {
    const given = `the integer value of priority (${JSON.stringify(spec['priority'])}) must not be provided in pod spec`;
    return forbidden(attributes, `${given}; priority admission controller computed ${value} ${origin}`);
  });
  take(spec, 'preemptionPolicy', preemptionPolicy, () => {
    const given = `the string value of PreemptionPolicy (${JSON.stringify(spec['preemptionPolicy']).slice(1, -1)})`;
    const computed = `priority admission controller computed ${preemptionPolicy} ${origin}`;
    return forbidden(attributes, `${given} must not be provided in pod spec; ${computed}`);
  });
}

const origin = 'from the given PriorityClass name';

function take(spec: DraftObject, field: string, value: unknown, refusal: () => ApiError): void {
  if (spec[field] !== undefined && spec[field] !== value) throw refusal();
  spec[field] = value;
}

/** Of several defaults, which only a race can leave behind, the least important one. */
function defaultOf(classes: readonly PriorityClass[]): PriorityClass | undefined {
  const [least] = classes
    .filter(({ globalDefault }) => globalDefault === true)
    .toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0));
  return least;
}
