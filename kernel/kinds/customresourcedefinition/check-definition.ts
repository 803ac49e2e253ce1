import type { FieldError } from '../../meta/errors.ts';
import { loadExpressions } from '../../schema/expressions.ts';
import type { AdmitContext } from '../../schema/kind.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { checkApproval } from './approval.ts';
import { checkChange, checkNames, checkPruning, checkSpec, checkStoredVersions } from './check-spec.ts';

/** Everything wrong with a definition that is written. What checks it is loaded with the first one. */
export async function checkDefinition(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
  { subresource }: Pick<AdmitContext, 'subresource'>,
): Promise<readonly FieldError[]> {
  const names = checkNames(crd.status?.acceptedNames, 'status.acceptedNames');
  if (subresource === 'status') return names;
  const isRuled = mentionsRules(crd);
  // Defaults are held to the rules of their schemas.
  if (isRuled) await loadExpressions();
  const errors = [...checkSpec(crd, old), ...checkChange(crd, old), ...names];
  errors.push(...checkStoredVersions(crd), ...checkApproval(crd, old), ...checkPruning(crd, old));
  // Expressions are compiled against the schema, which must be fine for it.
  if (errors.length > 0 || !isRuled) return errors;
  const { checkRules } = await import('./check-rules.ts');
  return checkRules(crd, old);
}

/** False for what certainly has no rules; a text that speaks of them makes no difference. */
function mentionsRules({ spec }: CustomResourceDefinition): boolean {
  return JSON.stringify(spec).includes('"x-kubernetes-validations"');
}
