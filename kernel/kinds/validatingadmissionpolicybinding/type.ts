import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ValidatingAdmissionPolicyBinding } from '../../schema/standard/types.ts';
import { formatParamRef } from '../admission-rules/policy.ts';
import { admitValidatingAdmissionPolicyBinding } from './admit.ts';

/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicyBinding: where a policy counts, and with which parameters. */
export const validatingAdmissionPolicyBindingKind: KindDefinition<ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('admissionregistration/v1.ValidatingAdmissionPolicyBinding'),
      columns: [
        { name: 'PolicyName', type: 'string', description: 'The policy.', value: '.spec.policyName' },
        {
          name: 'ParamRef',
          type: 'string',
          description: 'Its parameters.',
          value: ({ spec }: ValidatingAdmissionPolicyBinding) => formatParamRef(spec?.paramRef),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitValidatingAdmissionPolicyBinding,
  strategicMerge: true,
};
