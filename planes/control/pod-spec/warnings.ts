import { checkLabelValue } from '../../../kernel/meta/names.ts';
import { parseQuantity } from '../../../kernel/meta/quantity.ts';
import type {
  Container,
  NodeSelectorTerm,
  Pod,
  PodAffinity,
  PodSpec,
  PodTemplateSpec,
} from '../../../kernel/schema/standard/types.ts';
import { portWarnings } from './port-warnings.ts';
import { volumeWarnings } from './volume-warnings.ts';

/** A pod, or a template of pods, on which its writer is given advice. */
interface Advised {
  readonly metadata: PodTemplateSpec['metadata'];
  readonly spec: PodSpec;
  /** What stands before `spec` and `metadata` in paths: empty, or with a dot at its end. */
  readonly prefix: string;
}

/** What the writer of a pod should know although nothing about it is wrong (Kubernetes `GetWarningsForPod`). */
export function podWarnings({ metadata, spec }: Pod): readonly string[] {
  return spec === undefined ? [] : warningsOf({ metadata, spec, prefix: '' });
}

/** The same for a template at `path` (Kubernetes `GetWarningsForPodTemplate`). */
export function templateWarnings(template: PodTemplateSpec | undefined, path: string): readonly string[] {
  if (template?.spec === undefined) return [];
  return warningsOf({ metadata: template.metadata, spec: template.spec, prefix: `${path}.` });
}

function warningsOf(advised: Advised): readonly string[] {
  const { spec, prefix } = advised;
  const grace = `${prefix}spec.terminationGracePeriodSeconds`;
  const isNegative = (spec.terminationGracePeriodSeconds ?? 0) < 0;
  return [
    ...placementWarnings(spec, `${prefix}spec`),
    ...annotationWarnings(advised),
    ...volumeWarnings(spec.volumes ?? [], `${prefix}spec.volumes`),
    ...aliasWarnings(spec, `${prefix}spec`),
    ...secretWarnings(spec, `${prefix}spec`),
    ...fractionWarnings(spec.overhead, `${prefix}spec.overhead`),
    ...containersOf(spec, `${prefix}spec`).flatMap(([container, path]) => containerWarnings(container, path)),
    ...portWarnings(containersOf(spec, `${prefix}spec`)),
    ...(isNegative ? [`${grace}: must be >= 0; negative values are invalid and will be treated as 1`] : []),
    ...affinityWarnings(spec.affinity?.podAffinity, `${prefix}spec.affinity.podAffinity`),
    ...affinityWarnings(spec.affinity?.podAntiAffinity, `${prefix}spec.affinity.podAntiAffinity`),
  ];
}

function containersOf(spec: PodSpec, path: string): readonly (readonly [container: Container, path: string])[] {
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec[list] ?? []).map((container, index) => [container, `${path}.${list}[${index}]`] as const),
  );
}

/** Labels of nodes that have another name today. */
const deprecatedLabels: ReadonlyMap<string, string> = new Map([
  ['beta.kubernetes.io/arch', 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ['beta.kubernetes.io/os', 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ['failure-domain.beta.kubernetes.io/region', 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ['failure-domain.beta.kubernetes.io/zone', 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ['beta.kubernetes.io/instance-type', 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ['app.kubernetes.io/created-by', 'deprecated since v1.9'],
  ['scheduler.alpha.kubernetes.io/preferAvoidPods', 'deprecated since v1.22; use Taints and Tolerations instead'],
  ['node-role.kubernetes.io/master', 'use "node-role.kubernetes.io/control-plane" instead'],
]);

const matchesNothing = 'a null labelSelector results in matching no pod';

function placementWarnings(spec: PodSpec, path: string): readonly string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: required, ...affinity } = spec.affinity?.nodeAffinity ?? {};
  const at = `${path}.affinity.nodeAffinity`;
  const terms = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
  const preferred = 'preferredDuringSchedulingIgnoredDuringExecution';
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((label) => {
      const advice = deprecatedLabels.get(label);
      return advice === undefined ? [] : [`${path}.nodeSelector[${label}]: ${advice}`];
    }),
    ...(required?.nodeSelectorTerms ?? []).flatMap((term, index) => termWarnings(term, `${terms}[${index}]`, false)),
    ...(affinity[preferred] ?? []).flatMap(({ preference }, index) =>
      termWarnings(preference ?? {}, `${at}.${preferred}[${index}].preference`, true),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
      const place = `${path}.topologySpreadConstraints[${index}]`;
      const advice = deprecatedLabels.get(topologyKey);
      return [
        ...(advice === undefined ? [] : [`${place}.topologyKey: ${topologyKey} is ${advice}`]),
        ...(labelSelector === undefined ? [`${place}.labelSelector: ${matchesNothing}`] : []),
      ];
    }),
  ];
}

function termWarnings({ matchExpressions = [] }: NodeSelectorTerm, path: string, checksValues: boolean) {
  return matchExpressions.flatMap(({ key, values = [] }, index) => {
    const at = `${path}.matchExpressions[${index}]`;
    const advice = deprecatedLabels.get(key);
    const wrong = values.flatMap((value, place) =>
      checkLabelValue(value).map((why) => `${at}.values[${place}]: ${value} is invalid, ${why}`),
    );
    return [...(advice === undefined ? [] : [`${at}.key: ${key} is ${advice}`]), ...(checksValues ? wrong : [])];
  });
}

const deadAnnotations: readonly (readonly [name: string, advice: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

const seccompAdvice = 'non-functional in v1.27+; use the "seccompProfile" field instead';

function annotationWarnings({ metadata, spec, prefix }: Advised): readonly string[] {
  const { annotations = {} } = metadata ?? {};
  const told = (name: string, advice: string) =>
    Object.hasOwn(annotations, name) ? [`${prefix}metadata.annotations[${name}]: ${advice}`] : [];
  return [
    ...deadAnnotations.flatMap(([name, advice]) => told(name, advice)),
    ...(spec.securityContext?.seccompProfile === undefined
      ? told('seccomp.security.alpha.kubernetes.io/pod', seccompAdvice)
      : []),
    ...containersOf(spec, '').flatMap(([{ name, securityContext }]) =>
      securityContext?.seccompProfile === undefined
        ? told(`container.seccomp.security.alpha.kubernetes.io/${name}`, seccompAdvice)
        : [],
    ),
  ];
}

function aliasWarnings({ hostAliases = [] }: PodSpec, path: string): readonly string[] {
  const addresses = hostAliases.map(({ ip }) => ip);
  return addresses.flatMap((ip, index) =>
    addresses.indexOf(ip) === index ? [] : [`${path}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(ip)}`],
  );
}

function secretWarnings({ imagePullSecrets = [] }: PodSpec, path: string): readonly string[] {
  const names = imagePullSecrets.map(({ name = '' }) => name);
  const at = (index: number) => `${path}.imagePullSecrets[${index}].name`;
  const repeated = names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [`${at(index)}: duplicate name ${JSON.stringify(name)}`],
  );
  return [...repeated, ...names.flatMap((name, index) => (name === '' ? [`${at(index)}: invalid empty name ""`] : []))];
}

/** Amounts of which there are only whole ones. */
const wholeResources = ['memory', 'ephemeral-storage'] as const;

function fractionWarnings(amounts: Readonly<Record<string, string>> = {}, path: string): readonly string[] {
  return wholeResources.flatMap((name) => fractionWarning(amounts[name], `${path}[${name}]`));
}

function fractionWarning(amount: string | undefined, path: string): readonly string[] {
  if (amount === undefined || !isFraction(amount)) return [];
  return [`${path}: fractional byte value ${JSON.stringify(amount)} is invalid, must be an integer`];
}

const nanosPerUnit = 1_000_000_000n;

/** Kubernetes looks at thousandths; what is finer is rounded up before. */
function isFraction(amount: string): boolean {
  const { nanos = 0n } = parseQuantity(amount) ?? {};
  return nanos % nanosPerUnit !== 0n;
}

function containerWarnings({ resources = {}, env = [] }: Container, path: string): readonly string[] {
  const amounts = wholeResources.flatMap((name) =>
    (['limits', 'requests'] as const).flatMap((list) =>
      fractionWarning(resources[list]?.[name], `${path}.resources.${list}[${name}]`),
    ),
  );
  const names = env.map(({ name }) => name);
  const hidden = env.flatMap(({ name, value = '', valueFrom }, index) => {
    if (names.indexOf(name) === index) return [];
    const reference = `$(${name})`;
    const keepsBefore = valueFrom === undefined && value !== reference && value.includes(reference);
    const what = `hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`;
    return keepsBefore ? [] : [`${path}.env[${index}]: ${what}`];
  });
  return [...amounts, ...hidden];
}

function affinityWarnings(affinity: PodAffinity | undefined, path: string): readonly string[] {
  const { requiredDuringSchedulingIgnoredDuringExecution: required = [] } = affinity ?? {};
  const { preferredDuringSchedulingIgnoredDuringExecution: preferred = [] } = affinity ?? {};
  return [
    ...required.flatMap(({ labelSelector }, index) =>
      labelSelector === undefined
        ? [`${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}].labelSelector: ${matchesNothing}`]
        : [],
    ),
    ...preferred.flatMap(({ podAffinityTerm }, index) =>
      podAffinityTerm?.labelSelector === undefined
        ? [
            `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}].podAffinityTerm.labelSelector: ${matchesNothing}`,
          ]
        : [],
    ),
  ];
}
