import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { IngressClass } from '../../../kernel/schema/standard/types.ts';
import { admitIngressClass } from './admit.ts';

/** networking.k8s.io/v1 IngressClass: a program that serves Ingresses. */
export const ingressClassKind: KindDefinition<IngressClass> = {
  group: 'networking.k8s.io',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  singular: 'ingressclass',
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('networking/v1.IngressClass'),
      columns: [
        { name: 'Controller', type: 'string', description: 'Name of the program.', value: '.spec.controller' },
        { name: 'Parameters', type: 'string', description: 'Object with its settings.', value: formatParameters },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: admitIngressClass,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};

function formatParameters({ spec }: IngressClass): string {
  const { parameters } = spec ?? {};
  if (parameters === undefined) return '<none>';
  const { kind, apiGroup, name } = parameters;
  return `${apiGroup === undefined ? kind : `${kind}.${apiGroup}`}/${name}`;
}
