import { type Condition, setCondition } from '../../meta/conditions.ts';
import type { FieldError } from '../../meta/errors.ts';
import { checked, notSupported, present } from '../../meta/field-rules.ts';
import { checkDnsSubdomain, checkPathSegment, checkServiceName } from '../../meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type { APIService, APIServiceSpec, APIServiceStatus } from '../../schema/standard/types.ts';
import { availabilityOf } from './plan.ts';

/** Highest values of the two priorities; the texts upstream has say `less than`. */
const groupPriorityMax = 20_000;
const versionPriorityMax = 1_000;
const portMax = 65_535;
const conditionStatuses = ['True', 'False', 'Unknown'];

/** Rules of APIServices (kube-aggregator `apiregistration/validation` and its strategy). */
export const admitApiService: KindAdmission<APIService> = {
  // Local APIs are there at once; what is known of others is said by the controller.
  prepare(draft, old, { nowMs }) {
    const spec = draft['spec'] as APIServiceSpec | undefined;
    if (old !== undefined || spec?.service !== undefined) return;
    draft['status'] = { conditions: setCondition([], availabilityOf(spec), nowMs) };
  },
  validate,
};

function validate(
  { metadata: { name }, spec, status }: APIService,
  _old: APIService | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return validateStatus(status);
  const { group = '', version = '' } = spec ?? {};
  return [
    ...validateName(name, `${version}.${group}`),
    ...validateGroup(group, version),
    ...checked('spec.version', version, checkServiceName),
    ...validatePriorities(spec),
    ...(spec?.service === undefined ? validateLocal(spec) : validateRemote(spec)),
  ];
}

function validateName(name: string, needed: string): readonly FieldError[] {
  // What cannot stand in a path was refused before.
  if (name === needed || checkPathSegment(name).length > 0) return [];
  const detail = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(needed)}`;
  return [{ type: 'Invalid', path: 'metadata.name', value: name, detail }];
}

function validateGroup(group: string, version: string): readonly FieldError[] {
  if (group !== '') return checked('spec.group', group, checkDnsSubdomain);
  if (version === 'v1') return [];
  return present('spec.group', group, 'only v1 may have an empty group and it better be legacy kube');
}

function validatePriorities(spec: APIServiceSpec | undefined): readonly FieldError[] {
  const { groupPriorityMinimum = 0, versionPriority = 0 } = spec ?? {};
  return [
    ...bounded('spec.groupPriorityMinimum', groupPriorityMinimum, groupPriorityMax),
    ...bounded('spec.versionPriority', versionPriority, versionPriorityMax),
  ];
}

function bounded(path: string, value: number, max: number): readonly FieldError[] {
  if (value > 0 && value <= max) return [];
  return [{ type: 'Invalid', path, value, detail: `must be positive and less than ${max}` }];
}

function validateLocal(spec: APIServiceSpec | undefined): readonly FieldError[] {
  const { caBundle = '', insecureSkipTLSVerify = false } = spec ?? {};
  const errors: FieldError[] = [];
  if (caBundle !== '') {
    const value = `${Uint8Array.fromBase64(caBundle).length} bytes`;
    errors.push({ type: 'Invalid', path: 'spec.caBundle', value, detail: 'local APIServices may not have a caBundle' });
  }
  if (insecureSkipTLSVerify) {
    const detail = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push({ type: 'Invalid', path: 'spec.insecureSkipTLSVerify', value: true, detail });
  }
  return errors;
}

function validateRemote({
  service,
  caBundle = '',
  insecureSkipTLSVerify = false,
}: APIServiceSpec): readonly FieldError[] {
  const { namespace, name, port = 0 } = service ?? {};
  const errors: FieldError[] = [...present('spec.service.namespace', namespace), ...present('spec.service.name', name)];
  if (port < 1 || port > portMax) {
    const detail = `port is not valid: must be between 1 and ${portMax}, inclusive`;
    errors.push({ type: 'Invalid', path: 'spec.service.port', value: port, detail });
  }
  if (insecureSkipTLSVerify && caBundle !== '') {
    const detail = 'may not be true if caBundle is present';
    errors.push({ type: 'Invalid', path: 'spec.insecureSkipTLSVerify', value: true, detail });
  }
  return errors;
}

function validateStatus(status: APIServiceStatus | undefined): readonly FieldError[] {
  const conditions = (status?.conditions ?? []) as readonly Condition[];
  return conditions.flatMap((condition, index) =>
    conditionStatuses.includes(condition.status)
      ? []
      : [notSupported(`status.conditions[${index}].status`, condition.status, conditionStatuses)],
  );
}
