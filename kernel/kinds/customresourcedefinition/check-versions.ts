import { type FieldError, formatFieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { checkServiceName } from '../../meta/names.ts';
import type { CustomResourceDefinitionVersion } from '../../schema/standard/types.ts';
import { checkVersion } from './check-version.ts';

/** What stood in the spec itself before there were versions, and still does where all versions agree: field, then its path. */
const sharedParts = [
  ['schema', 'spec.validation'],
  ['subresources', 'spec.subresources'],
  ['additionalPrinterColumns', 'spec.additionalPrinterColumns'],
  ['selectableFields', 'spec.selectableFields'],
] as const;

/**
 * Everything wrong with the versions. What all versions say alike is reported once, where it stood before there were
 * versions: kube-apiserver checks definitions in their internal form (apiextensions `v1/conversion.go`).
 */
export function checkVersions(versions: readonly CustomResourceDefinitionVersion[]): readonly FieldError[] {
  const [first] = versions;
  if (first === undefined) return [];
  const shared = sharedParts.filter(([part]) => versions.every((version) => jsonEquals(version[part], first[part])));
  const errors = versions.flatMap((version, index) => {
    const outer = `spec.versions[${index}]`;
    return checkVersion(version, outer).map((error) => ({ ...error, path: sharedPath(error.path, outer, shared) }));
  });
  const seen = new Set<string>();
  const said = errors.filter((error) => seen.size < seen.add(`${error.path} ${formatFieldError(error)}`).size);
  return [...said, ...checkFirstName(first.name)];
}

function sharedPath(path: string, outer: string, shared: readonly (typeof sharedParts)[number][]): string {
  for (const [part, instead] of shared) {
    const versioned = `${outer}.${part}`;
    if (path.startsWith(versioned)) return instead + path.slice(versioned.length);
  }
  return path;
}

/** The name of the first version is that of the internal form as a whole, too. */
function checkFirstName(value: string): readonly FieldError[] {
  const problems = value === '' ? [] : checkServiceName(value);
  return problems.length === 0 ? [] : [{ type: 'Invalid', path: 'spec.version', value, detail: problems.join(',') }];
}
