import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ValidatingAdmissionPolicy } from '../../schema/standard/types.ts';
import { admitValidatingAdmissionPolicy } from './admit.ts';

/** admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy: expressions that writes must satisfy. */
export const validatingAdmissionPolicyKind: KindDefinition<ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('admissionregistration/v1.ValidatingAdmissionPolicy'),
      columns: [
        {
          name: 'Validations',
          type: 'integer',
          description: 'How many expressions there are.',
          value: ({ spec }: ValidatingAdmissionPolicy) => spec?.validations?.length ?? 0,
        },
        {
          name: 'ParamKind',
          type: 'string',
          description: 'Kind of its parameters.',
          value: ({ spec }: ValidatingAdmissionPolicy) =>
            spec?.paramKind === undefined ? '<unset>' : `${spec.paramKind.apiVersion}/${spec.paramKind.kind}`,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'spec',
  admission: admitValidatingAdmissionPolicy,
  strategicMerge: true,
};
