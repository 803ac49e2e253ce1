import { validateAnnotations } from '../../../kernel/meta/annotations.ts';
import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, notSupported } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import { validateLabels } from '../../../kernel/meta/selectors.ts';
import type {
  Container,
  PodResourceClaim,
  PodSpec,
  PodTemplateSpec,
  Volume,
} from '../../../kernel/schema/standard/types.ts';
import { validateContainer } from './validate-container.ts';
import { validateIdentity } from './validate-identity.ts';
import { validatePlacement } from './validate-placement.ts';
import { validateOs, validatePodSecurity } from './validate-security.ts';
import { validateVolumes } from './validate-volume.ts';

/** Everything wrong with a PodSpec at `path` beyond its schema (Kubernetes `ValidatePodSpec`). */
export function validatePodSpec(spec: PodSpec | undefined, path: string): readonly FieldError[] {
  if (spec === undefined) return [{ type: 'Required', path, detail: '' }];
  const errors: FieldError[] = [];
  if ((spec.containers ?? []).length === 0) errors.push({ type: 'Required', path: `${path}.containers`, detail: '' });
  errors.push(...validateVolumes(spec.volumes ?? [], `${path}.volumes`));
  errors.push(...validateClaims(spec.resourceClaims ?? [], `${path}.resourceClaims`));
  const names = new Set<string>();
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]));
  const lists = [
    { containers: spec.containers ?? [], at: `${path}.containers`, isInit: false },
    { containers: spec.initContainers ?? [], at: `${path}.initContainers`, isInit: true },
  ];
  for (const { containers, at, isInit } of lists) {
    containers.forEach((container, index) => {
      const place = `${at}[${index}]`;
      errors.push(...validateName(container, `${place}.name`, names));
      errors.push(...validateContainer(container, { path: place, isInit, volumes, pod: spec }));
    });
  }
  errors.push(...validatePortNames(spec, path), ...validatePodSecurity(spec, path));
  errors.push(...validateIdentity(spec, path), ...validatePlacement(spec, path));
  return [...errors, ...validateOs(spec, `${path}.os`)];
}

/** Each claim of a pod has a name of its own and says where it comes from. */
function validateClaims(claims: readonly Partial<PodResourceClaim>[], path: string): readonly FieldError[] {
  const taken = new Set<string>();
  return claims.flatMap((claim, index): readonly FieldError[] => {
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    const at = `${path}[${index}]`;
    const errors = [...validateName({ name }, `${at}.name`, taken)];
    const [isNamed, isMade] = [resourceClaimName !== undefined, resourceClaimTemplateName !== undefined];
    const sources = '`resourceClaimName`, `resourceClaimTemplateName`';
    if (isNamed && isMade) {
      const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(at, claim, detail));
    } else if (!isNamed && !isMade) errors.push(invalid(at, claim, `must specify one of: ${sources}`));
    for (const [field, value] of Object.entries({ resourceClaimName, resourceClaimTemplateName })) {
      if (value !== undefined) errors.push(...checked(`${at}.${field}`, value, checkDnsSubdomain));
    }
    return errors;
  });
}

/** The workload a template belongs to. */
export interface TemplateOwner {
  /** Its selector. */
  readonly matches: (labels: Readonly<Record<string, string>> | undefined) => boolean;
  /** As upstream names it in texts. Default `ReplicaSet`, for Deployments too. */
  readonly workload?: string;
}

/** Everything wrong with a template whose pods are replaced for ever. */
export function validateTemplate(
  template: PodTemplateSpec | undefined,
  path: string,
  { matches, workload = 'ReplicaSet' }: TemplateOwner,
): readonly FieldError[] {
  if (template === undefined) return [{ type: 'Required', path, detail: '' }];
  const errors = [...validateMatch(template, path, matches), ...validateAnyTemplate(template, path)];
  const { restartPolicy = 'Always', activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== 'Always') errors.push(notSupported(`${path}.spec.restartPolicy`, restartPolicy, ['Always']));
  if (activeDeadlineSeconds !== undefined) {
    const at = `${path}.spec.activeDeadlineSeconds`;
    errors.push({ type: 'Forbidden', path: at, detail: `activeDeadlineSeconds in ${workload} is not Supported` });
  }
  return errors;
}

/** The selector of a workload must find the pods it makes. */
export function validateMatch(
  template: PodTemplateSpec,
  path: string,
  matches: TemplateOwner['matches'],
): readonly FieldError[] {
  const labels = template.metadata?.labels;
  if (matches(labels)) return [];
  const detail = '`selector` does not match template `labels`';
  return [{ type: 'Invalid', path: `${path}.metadata.labels`, value: labels, detail }];
}

/** Everything wrong with a template whatever its pods are for (Kubernetes `ValidatePodTemplateSpec`). */
export function validateAnyTemplate(template: PodTemplateSpec | undefined, path: string): readonly FieldError[] {
  if (template === undefined) return [{ type: 'Required', path, detail: '' }];
  const { labels = {} } = template.metadata ?? {};
  const debuggers = template.spec?.ephemeralContainers ?? [];
  const detail = 'ephemeral containers not allowed in pod template';
  return [
    ...(debuggers.length === 0
      ? []
      : [{ type: 'Forbidden', path: `${path}.spec.ephemeralContainers`, detail } as const]),
    ...validateLabels(labels, `${path}.labels`),
    ...validateAnnotations(template.metadata?.annotations, `${path}.annotations`),
    ...validatePodSpec(template.spec, `${path}.spec`),
  ];
}

/** Volumes of a pod by name. */
export type VolumesByName = ReadonlyMap<string, Volume>;

function validateName({ name }: Pick<Container, 'name'>, path: string, taken: Set<string>): readonly FieldError[] {
  if (name === undefined || name === '') return [{ type: 'Required', path, detail: '' }];
  if (taken.has(name)) return [{ type: 'Duplicate', path, value: name, detail: '' }];
  taken.add(name);
  return checkDnsLabel(name).map((detail) => ({ type: 'Invalid', path, value: name, detail }));
}

/** Port names are unique in a container; host ports in the whole pod. */
function validatePortNames(spec: PodSpec, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const hostPorts = new Set<string>();
  (spec.containers ?? []).forEach((container, at) => {
    const names = new Set<string>();
    (container.ports ?? []).forEach(({ name, hostPort, hostIP, protocol, containerPort }, index) => {
      const place = `${path}.containers[${at}].ports[${index}]`;
      if (name !== undefined && names.has(name)) {
        errors.push({ type: 'Duplicate', path: `${place}.name`, value: name, detail: '' });
      }
      if (name !== undefined) names.add(name);
      const host = `${protocol ?? 'TCP'}/${hostIP ?? ''}/${hostPort ?? ''}`;
      if (hostPort !== undefined && hostPorts.has(host)) {
        errors.push({ type: 'Duplicate', path: `${place}.hostPort`, value: host, detail: '' });
      }
      if (spec.hostNetwork === true && hostPort !== undefined && hostPort !== containerPort) {
        const detail = 'must match `containerPort` when `hostNetwork` is true';
        errors.push({ type: 'Invalid', path: `${place}.hostPort`, value: hostPort, detail });
      }
      if (hostPort !== undefined) hostPorts.add(host);
    });
  });
  return errors;
}
