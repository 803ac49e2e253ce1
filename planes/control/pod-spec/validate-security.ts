import type { FieldError } from '../../../kernel/meta/errors.ts';
import { invalid, present, supported } from '../../../kernel/meta/field-rules.ts';
import type { PodSecurityContext, PodSpec, SecurityContext } from '../../../kernel/schema/standard/types.ts';

const idMax = 2_147_483_647;

function validateId(path: string, id: number | undefined): readonly FieldError[] {
  if (id === undefined || (id >= 0 && id <= idMax)) return [];
  return [{ type: 'Invalid', path, value: id, detail: `must be between 0 and ${idMax}, inclusive` }];
}

interface Profile {
  readonly type?: string;
  readonly localhostProfile?: string;
}

function validateProfile(profile: Profile | undefined, path: string, names: readonly [string, string]) {
  if (profile === undefined) return [];
  const [field, word] = names;
  const { type = '', localhostProfile } = profile;
  if (type === '') return present(`${path}.type`, type, `type is required when ${field} is set`);
  if (type !== 'Localhost') return [];
  return present(`${path}.localhostProfile`, localhostProfile, `must be set when ${word} type is Localhost`);
}

function validateProfiles(
  context: Pick<SecurityContext, 'seccompProfile' | 'appArmorProfile'>,
  path: string,
): readonly FieldError[] {
  return [
    ...validateProfile(context.seccompProfile, `${path}.seccompProfile`, ['seccompProfile', 'seccomp']),
    ...validateProfile(context.appArmorProfile, `${path}.appArmorProfile`, ['appArmorProfile', 'AppArmor']),
  ];
}

/** Everything wrong with the security context of a container. */
export function validateSecurity(context: SecurityContext | undefined, path: string): readonly FieldError[] {
  if (context === undefined) return [];
  const { runAsUser, runAsGroup, privileged, allowPrivilegeEscalation } = context;
  const errors = [...validateId(`${path}.runAsUser`, runAsUser), ...validateId(`${path}.runAsGroup`, runAsGroup)];
  errors.push(...validateProfiles(context, path));
  if (privileged === true && allowPrivilegeEscalation === false) {
    const detail = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push({ type: 'Invalid', path, value: context, detail });
  }
  return errors;
}

const sysctlLengthMax = 253;
const sysctlFormat = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';
const sysctlPattern = new RegExp(sysctlFormat);

function validateSysctls(sysctls: PodSecurityContext['sysctls'], path: string): readonly FieldError[] {
  return (sysctls ?? []).flatMap(({ name }, index): readonly FieldError[] => {
    const at = `${path}[${index}].name`;
    if (name === undefined || name === '') return present(at, name);
    if (name.length <= sysctlLengthMax && sysctlPattern.test(name)) return [];
    const detail = `must have at most ${sysctlLengthMax} characters and match regex ${sysctlFormat}`;
    return [{ type: 'Invalid', path: at, value: name, detail }];
  });
}

/** Everything wrong with the security context of a pod. */
export function validatePodSecurity(spec: PodSpec, path: string): readonly FieldError[] {
  return [...validateSharing(spec, path), ...validatePodContext(spec, path), ...validateOwnUsers(spec, path)];
}

/** Upstream has this field in its security context. */
function validateSharing({ hostPID, shareProcessNamespace }: PodSpec, path: string): readonly FieldError[] {
  if (hostPID !== true || shareProcessNamespace !== true) return [];
  const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
  return [invalid(`${path}.securityContext.shareProcessNamespace`, true, detail)];
}

/** Pods with users of their own share no other namespace of the host (Kubernetes `validateHostUsers`). */
function validateOwnUsers(spec: PodSpec, path: string): readonly FieldError[] {
  if (spec.hostUsers !== false) return [];
  const detail = 'when `hostUsers` is false';
  const shared = { hostNetwork: spec.hostNetwork, HostPID: spec.hostPID, HostIPC: spec.hostIPC };
  return Object.entries(shared).flatMap(([name, isShared]): readonly FieldError[] =>
    isShared === true ? [{ type: 'Forbidden', path: `${path}.${name}`, detail }] : [],
  );
}

const systems = ['linux', 'windows'];

/** What a pod says of the system it needs. */
export function validateOs({ os }: PodSpec, path: string): readonly FieldError[] {
  if (os === undefined) return [];
  return (os.name ?? '') === '' ? present(`${path}.name`, os.name) : supported(path, os.name, systems);
}

function validatePodContext({ securityContext, os }: PodSpec, path: string): readonly FieldError[] {
  if (securityContext === undefined) return [];
  const at = `${path}.securityContext`;
  const { fsGroup, runAsUser, runAsGroup, supplementalGroups = [], sysctls } = securityContext;
  const errors: FieldError[] = [
    ...validateId(`${at}.fsGroup`, fsGroup),
    ...validateId(`${at}.runAsUser`, runAsUser),
    ...validateId(`${at}.runAsGroup`, runAsGroup),
    ...supplementalGroups.flatMap((id, index) => validateId(`${at}.supplementalGroups[${index}]`, id)),
    ...validateSysctls(sysctls, `${at}.sysctls`),
    ...validateProfiles(securityContext, at),
  ];
  if (os?.name !== 'windows') return errors;
  const foreign = ['runAsUser', 'runAsGroup', 'fsGroup', 'supplementalGroups', 'sysctls', 'seccompProfile'] as const;
  for (const field of foreign) {
    if (securityContext[field] === undefined) continue;
    errors.push({ type: 'Forbidden', path: `${at}.${field}`, detail: 'cannot be set for a windows pod' });
  }
  return errors;
}
