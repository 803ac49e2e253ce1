import { parseApiVersion } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { ControllerRevision } from '../../../kernel/schema/standard/types.ts';
import { admitControllerRevision } from './admit.ts';

/** apps/v1 ControllerRevision: an earlier state of a StatefulSet or DaemonSet that can be gone back to. */
export const controllerRevisionKind: KindDefinition<ControllerRevision> = {
  group: 'apps',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  singular: 'controllerrevision',
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('apps/v1.ControllerRevision'),
      columns: [
        { name: 'Controller', type: 'string', description: 'What it is a state of.', value: formatController },
        { name: 'Revision', type: 'string', description: 'Its number; later ones are higher.', value: '.revision' },
      ],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  admission: admitControllerRevision,
  countsGeneration: false,
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
};

/** `statefulset.apps/database`. */
function formatController({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return '<none>';
  const { group } = parseApiVersion(owner.apiVersion);
  return `${owner.kind.toLowerCase()}${group === '' ? '' : `.${group}`}/${owner.name}`;
}
