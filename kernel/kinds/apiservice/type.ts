import { findCondition, type Condition } from '../../meta/conditions.ts';
import { checkPathSegment } from '../../meta/names.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { APIService } from '../../schema/standard/types.ts';
import { admitApiService } from './admit.ts';

/** apiregistration.k8s.io/v1 APIService: a version of a group, and who answers for it. */
export const apiServiceKind: KindDefinition<APIService> = {
  group: 'apiregistration.k8s.io',
  kind: 'APIService',
  plural: 'apiservices',
  singular: 'apiservice',
  categories: ['api-extensions'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apiregistration/v1.APIService'),
      columns: [
        {
          name: 'Service',
          type: 'string',
          description: 'Service that answers for the API; Local for this server.',
          value: ({ spec }: APIService) =>
            spec?.service === undefined ? 'Local' : `${spec.service.namespace}/${spec.service.name}`,
        },
        {
          name: 'Available',
          type: 'string',
          description: 'Whether the API can be used.',
          value: availabilityText,
        },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  history: 'spec',
  admission: admitApiService,
  // The version of the core group is called `v1.`, which is no subdomain.
  checkName: checkPathSegment,
  countsGeneration: false,
  strategicMerge: true,
};

/** The status of the condition, with the reason where it is not `True`. */
function availabilityText({ status }: APIService): string {
  const condition = findCondition(status?.conditions as readonly Condition[] | undefined, 'Available');
  if (condition === undefined) return 'Unknown';
  const { status: value, reason } = condition;
  return value === 'True' || (reason ?? '') === '' ? value : `${value} (${reason})`;
}
