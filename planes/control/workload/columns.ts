import type { PrinterColumn } from '../../../kernel/schema/kind.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { LabelSelector, PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';
import { formatSelector } from './selector.ts';

/** A workload with a pod template and a selector. */
type TemplatedWorkload = KubeObject & {
  readonly spec?: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec };
};

/** The columns `-o wide` adds for every workload with a template. */
export const templateColumns: readonly PrinterColumn[] = [
  {
    name: 'Containers',
    type: 'string',
    priority: 1,
    description: 'Names of the containers in the template.',
    value: (workload: TemplatedWorkload) => joinContainers(workload, ({ name }) => name),
  },
  {
    name: 'Images',
    type: 'string',
    priority: 1,
    description: 'Images of the containers in the template.',
    value: (workload: TemplatedWorkload) => joinContainers(workload, ({ image }) => image ?? ''),
  },
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Selector of the pods.',
    value: (workload: TemplatedWorkload) => formatSelector(workload.spec?.selector),
  },
];

function joinContainers(
  workload: TemplatedWorkload,
  read: (container: { name: string; image?: string }) => string,
): string {
  return (workload.spec?.template?.spec?.containers ?? []).map(read).join(',');
}
