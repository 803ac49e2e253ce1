import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { Endpoints } from '../../../kernel/schema/standard/types.ts';
import { admitEndpoints } from './admit.ts';

export type { Endpoints } from '../../../kernel/schema/standard/types.ts';

/** Most addresses shown in the ENDPOINTS column, as kubectl shows them. */
const shownMax = 3;

/** core/v1 Endpoints: the addresses behind a Service now. */
export const endpointsKind: KindDefinition<Endpoints> = {
  group: '',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      deprecationWarning: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
      schema: standardSchema('core/v1.Endpoints'),
      columns: [
        { name: 'Endpoints', type: 'string', description: 'Ready addresses.', value: formatEndpoints },
        { name: 'Age', type: 'date', description: 'Since creation.', value: '.metadata.creationTimestamp' },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  admission: admitEndpoints,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  createsOnUpdate: true,
  strategicMerge: true,
};

/** `127.0.0.1:20001,127.0.0.1:20002 + 1 more...`, as kubectl writes it. */
function formatEndpoints(endpoints: Endpoints): string {
  const all = (endpoints.subsets ?? []).flatMap(({ addresses, ports }) =>
    (ports ?? []).flatMap(({ port }) => (addresses ?? []).map(({ ip }) => `${ip}:${port}`)),
  );
  if (all.length === 0) return '<none>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}
