import type { PrinterColumn } from '../../../kernel/schema/kind.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { Container, LabelSelector, PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';
import { formatSelector } from './selector.ts';

/** A workload with a pod template and a selector. */
type TemplatedWorkload = KubeObject & {
  readonly spec?: { readonly selector?: LabelSelector; readonly template?: PodTemplateSpec };
};

/** Reads part of a workload. */
type Reader<T> = (workload: never) => T | undefined;

/** The columns `-o wide` adds for everything with a pod template. */
export function containerColumns(templateOf: Reader<PodTemplateSpec>, priority = 1): readonly PrinterColumn[] {
  const join = (read: (container: Container) => string) => (workload: never) =>
    (templateOf(workload)?.spec?.containers ?? []).map(read).join(',');
  return [
    {
      name: 'Containers',
      type: 'string',
      priority,
      description: 'Names of the containers in the template.',
      value: join(({ name }) => name),
    },
    {
      name: 'Images',
      type: 'string',
      priority,
      description: 'Images of the containers in the template.',
      value: join(({ image = '' }) => image),
    },
  ];
}

/** The column `-o wide` adds for everything that finds its pods by a selector. */
export function selectorColumn(selectorOf: Reader<LabelSelector>): PrinterColumn {
  return {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Selector of the pods.',
    value: (workload) => formatSelector(selectorOf(workload)),
  };
}

/** The columns `-o wide` adds for every workload with a template and a selector. */
export const templateColumns: readonly PrinterColumn[] = [
  ...containerColumns(({ spec }: TemplatedWorkload) => spec?.template),
  selectorColumn(({ spec }: TemplatedWorkload) => spec?.selector),
];
