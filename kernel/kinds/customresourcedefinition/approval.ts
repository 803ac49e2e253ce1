import type { ConditionDraft } from '../../meta/conditions.ts';
import type { FieldError } from '../../meta/errors.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';

const annotation = 'api-approved.kubernetes.io';
const where = 'see https://github.com/kubernetes/enhancements/pull/1111';
const must = `protected groups must have approval annotation "${annotation}"`;
const missing = `${must}, ${where}`;
const invalid = `${must} with either a URL or a reason starting with "unapproved", ${where}`;

/** Groups of the Kubernetes community itself (apihelpers `IsProtectedCommunityGroup`). */
function isProtected({ spec }: CustomResourceDefinition): boolean {
  return /(?:^|\.)(?:k8s|kubernetes)\.io$/.test(spec.group);
}

type Approval = 'approved' | 'bypassed' | 'missing' | 'invalid';

function valueIn({ metadata }: CustomResourceDefinition): string {
  return metadata.annotations?.[annotation] ?? '';
}

function approvalIn(crd: CustomResourceDefinition): Approval {
  const value = valueIn(crd);
  if (value === '') return 'missing';
  if (value.startsWith('unapproved')) return 'bypassed';
  return (URL.parse(value)?.host ?? '') === '' ? 'invalid' : 'approved';
}

/** Kinds in groups of the Kubernetes community say where their API was approved. What they said already may stay. */
export function checkApproval(
  crd: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): readonly FieldError[] {
  const approval = approvalIn(crd);
  if (!isProtected(crd) || (old !== undefined && approvalIn(old) === approval)) return [];
  const path = `metadata.annotations[${annotation}]`;
  if (approval === 'missing') return [{ type: 'Required', path, detail: missing }];
  return approval === 'invalid' ? [{ type: 'Invalid', path, value: valueIn(crd), detail: invalid }] : [];
}

/** The condition that says so (apiapproval `calculateCondition`): one for protected groups, none for others. */
export function approvalCondition(crd: CustomResourceDefinition): readonly ConditionDraft[] {
  if (!isProtected(crd)) return [];
  const value = valueIn(crd);
  const type = 'KubernetesAPIApprovalPolicyConformant';
  switch (approvalIn(crd)) {
    case 'approved':
      return [{ type, status: 'True', reason: 'ApprovedAnnotation', message: `approved in ${value}` }];
    case 'bypassed':
      return [
        { type, status: 'False', reason: 'UnapprovedAnnotation', message: `not approved: ${JSON.stringify(value)}` },
      ];
    case 'missing':
      return [{ type, status: 'False', reason: 'MissingAnnotation', message: missing }];
    case 'invalid':
      return [{ type, status: 'False', reason: 'InvalidAnnotation', message: invalid }];
  }
}
