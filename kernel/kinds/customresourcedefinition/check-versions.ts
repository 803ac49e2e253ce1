import type { FieldError } from '../../meta/errors.ts';
import { jsonEquals } from '../../meta/json.ts';
import { checkServiceName } from '../../meta/names.ts';
import type { CustomResourceDefinitionVersion } from '../../schema/standard/types.ts';
import { checkParts, checkWarning, type PartsPlace, type VersionParts } from './check-version.ts';
import { versionsAsGo } from './go-form.ts';

/** What stood in the spec itself before there were versions, and still does where all versions agree: part, then its path. */
const sharedPaths = {
  schema: 'spec.validation',
  subresources: 'spec.subresources',
  additionalPrinterColumns: 'spec.additionalPrinterColumns',
  selectableFields: 'spec.selectableFields',
} as const;

const partNames = Object.keys(sharedPaths) as readonly (keyof VersionParts)[];

type Versions = readonly CustomResourceDefinitionVersion[];

/**
 * Everything wrong with the versions, but for what they share: kube-apiserver checks definitions in their internal form,
 * where that stands outside of them (apiextensions `v1/conversion.go`).
 * @param versions `undefined` where they are absent.
 */
export function checkVersions(versions: Versions | undefined): readonly FieldError[] {
  const given = versions ?? [];
  const shared = sharedParts(given);
  const errors: FieldError[] = given.flatMap(({ schema }, index) => {
    const path = `spec.versions[${index}].schema.openAPIV3Schema`;
    return schema?.openAPIV3Schema === undefined ? [{ type: 'Required', path, detail: '' } as const] : [];
  });
  given.forEach((version, index) => {
    errors.push(...checkVersion(version, `spec.versions[${index}]`, shared));
  });
  const names = given.map(({ name }) => name);
  const invalid = (detail: string): void => {
    errors.push({ type: 'Invalid', path: 'spec.versions', value: versionsAsGo(versions, shared), detail });
  };
  if (new Set(names).size < names.length) invalid('must contain unique version names');
  if (given.filter(({ storage }) => storage).length !== 1) {
    invalid('must have exactly one version marked as storage version');
  }
  // The name of the first version is that of the internal form as a whole, too.
  const [first = ''] = names;
  return first === '' ? errors : [...errors, ...checkVersionName(first, 'spec.version')];
}

/** Everything wrong with what all versions say alike, reported once, where it stood before there were versions. */
export function checkSharedParts(versions: Versions): readonly FieldError[] {
  const [first] = versions;
  if (first === undefined) return [];
  const shared = sharedParts(versions);
  return checkParts(partsOf(first, shared), {
    paths: sharedPaths,
    hasStatus: versions.some(({ subresources }) => subresources?.status !== undefined),
    root: first.schema?.openAPIV3Schema,
  });
}

function checkVersion(
  version: CustomResourceDefinitionVersion,
  outer: string,
  shared: ReadonlySet<keyof VersionParts>,
): readonly FieldError[] {
  const own = new Set(partNames).difference(shared);
  const place: PartsPlace = {
    paths: {
      schema: `${outer}.schema`,
      subresources: `${outer}.subresources`,
      additionalPrinterColumns: `${outer}.additionalPrinterColumns`,
      selectableFields: `${outer}.selectableFields`,
    },
    hasStatus: version.subresources?.status !== undefined,
    root: version.schema?.openAPIV3Schema,
  };
  return [
    ...checkVersionName(version.name, `${outer}.name`),
    ...checkWarning(version, outer),
    ...checkParts(partsOf(version, own), place),
  ];
}

function checkVersionName(value: string, path: string): readonly FieldError[] {
  const problems = checkServiceName(value);
  return problems.length === 0 ? [] : [{ type: 'Invalid', path, value, detail: problems.join(',') }];
}

/** The parts that all versions say alike, be it that they say nothing. */
function sharedParts(versions: Versions): ReadonlySet<keyof VersionParts> {
  const [first] = versions;
  return new Set(partNames.filter((part) => versions.every((version) => jsonEquals(version[part], first?.[part]))));
}

function partsOf(version: CustomResourceDefinitionVersion, wanted: ReadonlySet<keyof VersionParts>): VersionParts {
  return Object.fromEntries(
    partNames.filter((part) => wanted.has(part) && version[part] !== undefined).map((part) => [part, version[part]]),
  );
}
