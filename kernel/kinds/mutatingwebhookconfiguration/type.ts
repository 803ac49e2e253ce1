import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { MutatingWebhookConfiguration } from '../../schema/standard/types.ts';

/** admissionregistration.k8s.io/v1 MutatingWebhookConfiguration: web servers that are asked and may change what is written. */
export const mutatingWebhookConfigurationKind: KindDefinition<MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('admissionregistration/v1.MutatingWebhookConfiguration'),
      columns: [
        {
          name: 'Webhooks',
          type: 'integer',
          description: 'How many there are.',
          value: ({ webhooks }: MutatingWebhookConfiguration) => webhooks?.length ?? 0,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: {
    async validate({ webhooks }) {
      const { validateWebhooks } = await import('../admission-rules/webhook.ts');
      return validateWebhooks(webhooks);
    },
  },
  strategicMerge: true,
};
