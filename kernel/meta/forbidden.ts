import { ApiError, type StatusCause } from './errors.ts';
import { formatResource } from './key.ts';

/** The object a refusal is about. */
interface Refused {
  readonly definition: { readonly plural: string; readonly group: string };
  /** Empty while it has none. */
  readonly name: string;
}

/** The refusal of an admission plugin: `pods "web" is forbidden: <why>` (Kubernetes `admission.NewForbidden`). */
export function forbidden(
  { definition: { plural, group }, name }: Refused,
  why: string,
  causes: readonly StatusCause[] = [],
): ApiError {
  const more = causes.length === 0 ? {} : { causes };
  const shown = name === '' ? '' : ` ${JSON.stringify(name)}`;
  const text = `${formatResource(plural, group)}${shown} is forbidden: ${why}`;
  return new ApiError('Forbidden', text, { group, kind: plural, name, ...more });
}
