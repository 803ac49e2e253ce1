import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { MutatingAdmissionPolicyBinding } from '../../schema/standard/types.ts';
import { formatParamRef } from '../admission-rules/policy.ts';
import { admitMutatingAdmissionPolicyBinding } from './admit.ts';

/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding: where a policy counts, and with which parameters. */
export const mutatingAdmissionPolicyBindingKind: KindDefinition<MutatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('admissionregistration/v1.MutatingAdmissionPolicyBinding'),
      columns: [
        { name: 'PolicyName', type: 'string', description: 'The policy.', value: '.spec.policyName' },
        {
          name: 'ParamRef',
          type: 'string',
          description: 'Its parameters.',
          value: ({ spec }: MutatingAdmissionPolicyBinding) => formatParamRef(spec?.paramRef),
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitMutatingAdmissionPolicyBinding,
  strategicMerge: true,
};
