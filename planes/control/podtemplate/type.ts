import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { PodTemplate } from '../../../kernel/schema/standard/types.ts';
import { containerColumns } from '../workload/columns.ts';
import { formatLabels } from '../workload/selector.ts';
import { admitPodTemplate } from './admit.ts';

/** core/v1 PodTemplate: what pods may be made from, kept by itself. */
export const podTemplateKind: KindDefinition<PodTemplate> = {
  group: '',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  singular: 'podtemplate',
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('core/v1.PodTemplate'),
      columns: [
        ...containerColumns(({ template }: PodTemplate) => template, 0),
        {
          name: 'Pod Labels',
          type: 'string',
          description: 'Labels of the pods.',
          value: ({ template }: PodTemplate) => formatLabels(template?.metadata?.labels),
        },
      ],
      addsAge: false,
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitPodTemplate,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};
