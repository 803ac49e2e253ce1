import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { ValidatingWebhookConfiguration } from '../../schema/standard/types.ts';

/** admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration: web servers that are asked and may refuse a write. */
export const validatingWebhookConfigurationKind: KindDefinition<ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('admissionregistration/v1.ValidatingWebhookConfiguration'),
      columns: [
        {
          name: 'Webhooks',
          type: 'integer',
          description: 'How many there are.',
          value: ({ webhooks }: ValidatingWebhookConfiguration) => webhooks?.length ?? 0,
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
