import { ApiError, type StatusCause } from '../meta/errors.ts';
import { formatResource } from '../meta/key.ts';
import type { AdmissionAttributes } from '../ports/admission.ts';

/** The refusal of a plugin: `pods "web" is forbidden: <why>` (Kubernetes `admission.NewForbidden`). */
export function forbidden(
  { definition: { plural, group }, name }: Pick<AdmissionAttributes, 'definition' | 'name'>,
  why: string,
  causes: readonly StatusCause[] = [],
): ApiError {
  const more = causes.length === 0 ? {} : { causes };
  return new ApiError('Forbidden', forbiddenText({ plural, group }, name, why), { group, kind: plural, name, ...more });
}

/** The text of it. */
function forbiddenText(resource: { readonly plural: string; readonly group: string }, name: string, why: string) {
  const shown = name === '' ? '' : ` ${JSON.stringify(name)}`;
  return `${formatResource(resource.plural, resource.group)}${shown} is forbidden: ${why}`;
}
