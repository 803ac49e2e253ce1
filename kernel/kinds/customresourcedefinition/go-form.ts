import type { CustomResourceDefinitionVersion, ValidationRule } from '../../schema/standard/types.ts';
import type { VersionParts } from './check-version.ts';

/** Values as refusals of kube-apiserver show them: the fields of its internal types, none left out. */

/** A rule in refusals. */
export function ruleAsGo(rule: ValidationRule): object {
  return {
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  };
}

/** The versions in refusals, without what they share; schemas stay in the form of the API. */
export function versionsAsGo(
  versions: readonly CustomResourceDefinitionVersion[] | undefined,
  shared: ReadonlySet<keyof VersionParts>,
): readonly object[] | null {
  if (versions === undefined) return null;
  return versions.map((version) => {
    const own = (part: keyof VersionParts) => (shared.has(part) ? null : (version[part] ?? null));
    return {
      Name: version.name,
      Served: version.served,
      Storage: version.storage,
      Deprecated: version.deprecated ?? false,
      DeprecationWarning: version.deprecationWarning ?? null,
      Schema: own('schema'),
      Subresources: own('subresources'),
      AdditionalPrinterColumns: own('additionalPrinterColumns'),
      SelectableFields: own('selectableFields'),
    };
  });
}
