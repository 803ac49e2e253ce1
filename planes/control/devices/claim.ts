import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, invalid, present, presentAnd, supported } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type {
  DeviceRequest,
  DeviceSelector,
  ExactDeviceRequest,
  ResourceClaimSpec,
} from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject, draftObjects, setDefault } from '../pod-spec/draft.ts';

/** Most requests of one claim (resource.k8s.io `DeviceRequestsMaxSize`). */
const requestsMax = 32;

/** Requests ask for one device of their class unless they say otherwise (Kubernetes `SetDefaults_ExactDeviceRequest`). */
export function defaultClaim(spec: DraftObject | undefined): void {
  for (const request of draftObjects(draftObject(spec, 'devices'), 'requests')) {
    const exactly = draftObject(request, 'exactly');
    const choices = [...(exactly === undefined ? [] : [exactly]), ...draftObjects(request, 'firstAvailable')];
    for (const choice of choices) {
      setDefault(choice, 'allocationMode', 'ExactCount');
      if (choice['allocationMode'] === 'ExactCount') setDefault(choice, 'count', 1);
    }
  }
}

/** Everything wrong with what a claim asks for (Kubernetes `validateDeviceClaim`). */
export function validateClaim(spec: ResourceClaimSpec | undefined, path: string): readonly FieldError[] {
  const requests = spec?.devices?.requests ?? [];
  const at = `${path}.devices.requests`;
  if (requests.length > requestsMax)
    return [{ type: 'TooMany', path: at, detail: `must have at most ${requestsMax} items` }];
  const taken = new Set<string>();
  return requests.flatMap((request, index) => {
    const errors = [...validateRequest(request, `${at}[${index}]`)];
    // Upstream names the request, and not its name.
    if (taken.has(request.name))
      errors.push({ type: 'Duplicate', path: `${at}[${index}]`, value: request.name, detail: '' });
    taken.add(request.name);
    return errors;
  });
}

function validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): readonly FieldError[] {
  const errors: FieldError[] = [...checked(`${path}.name`, name ?? '', checkDnsLabel)];
  if (exactly === undefined && firstAvailable.length === 0) {
    const detail = 'exactly one of `exactly` or `firstAvailable` is required';
    return [...errors, { type: 'Required', path, detail }];
  }
  if (exactly !== undefined && firstAvailable.length > 0) {
    const detail = 'exactly one of `exactly` or `firstAvailable` is required';
    return [...errors, { type: 'Invalid', path, value: name, detail }];
  }
  if (exactly === undefined) {
    return firstAvailable.reduce<FieldError[]>((all, one, index) => {
      const at = `${path}.firstAvailable[${index}]`;
      all.push(
        ...presentAnd(`${at}.name`, one.name, checkDnsLabel),
        ...present(`${at}.deviceClassName`, one.deviceClassName),
      );
      all.push(...validateSelectors(one.selectors, at));
      return all;
    }, errors);
  }
  return [
    ...errors,
    ...present(`${path}.exactly.deviceClassName`, exactly.deviceClassName),
    ...validateSelectors(exactly.selectors, `${path}.exactly`),
    ...validateCount(exactly, `${path}.exactly`),
  ];
}

/** How many devices: all there are, or so many. */
function validateCount({ allocationMode, count }: Partial<ExactDeviceRequest>, path: string): readonly FieldError[] {
  if (allocationMode === 'ExactCount') {
    return count === undefined || count > 0 ? [] : [invalid(`${path}.count`, count, 'must be greater than zero')];
  }
  if (allocationMode !== 'All') return supported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount']);
  if (count === undefined || count === 0) return [];
  return [invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'")];
}

/** Everything wrong with the selectors of a request or class; whether expressions compile: `selectorProblems`. */
export function validateSelectors(selectors: readonly DeviceSelector[] = [], path: string): readonly FieldError[] {
  return selectors.flatMap(({ cel }, index) => {
    const at = `${path}.selectors[${index}].cel`;
    return cel === undefined ? present(at, undefined) : present(`${at}.expression`, cel.expression);
  });
}
