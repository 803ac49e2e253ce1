import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { MutatingAdmissionPolicy } from '../../schema/standard/types.ts';
import { admitMutatingAdmissionPolicy } from './admit.ts';

/** admissionregistration.k8s.io/v1 MutatingAdmissionPolicy: expressions that change what is written. */
export const mutatingAdmissionPolicyKind: KindDefinition<MutatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('admissionregistration/v1.MutatingAdmissionPolicy'),
      columns: [
        {
          name: 'Mutations',
          type: 'integer',
          description: 'How many expressions there are.',
          value: ({ spec }: MutatingAdmissionPolicy) => spec?.mutations?.length ?? 0,
        },
        {
          name: 'ParamKind',
          type: 'string',
          description: 'Kind of its parameters.',
          value: ({ spec }: MutatingAdmissionPolicy) =>
            spec?.paramKind === undefined ? '<unset>' : `${spec.paramKind.apiVersion}/${spec.paramKind.kind}`,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitMutatingAdmissionPolicy,
  strategicMerge: true,
};
