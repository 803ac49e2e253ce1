import type { ControllerDefinition } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { ValidatingAdmissionPolicy } from '../../schema/standard/types.ts';
import { validatingAdmissionPolicyKind } from './type.ts';

/**
 * Says in the status what is wrong with the expressions of a policy for the kinds its rules name (Kubernetes
 * `validatingadmissionpolicystatus` controller). Policies count whatever it says.
 */
export function policyTypeCheck(kinds: Pick<KindLookup, 'listKinds'>): ControllerDefinition<ValidatingAdmissionPolicy> {
  return {
    name: 'validatingadmissionpolicy-status',
    kind: validatingAdmissionPolicyKind,
    rules: [],
    async reconcile({ object, status }) {
      const { generation = 1 } = object.metadata;
      if (status.observedGeneration === generation) return settled;
      const { typeCheckPolicy } = await import('../../schema/policy/type-check.ts');
      const expressionWarnings = typeCheckPolicy(object.spec ?? {}, kinds.listKinds()).map((one) => ({ ...one }));
      status.typeChecking = expressionWarnings.length === 0 ? {} : { expressionWarnings };
      status.observedGeneration = generation;
      return settled;
    },
  };
}
