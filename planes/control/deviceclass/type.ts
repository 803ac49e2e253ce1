import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { DeviceClass } from '../../../kernel/schema/standard/types.ts';
import { validateSelectors } from '../devices/claim.ts';
import { selectorProblems } from '../devices/selectors.ts';

/** resource.k8s.io/v1 DeviceClass: devices claims can ask for. */
export const deviceClassKind: KindDefinition<DeviceClass> = {
  group: 'resource.k8s.io',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  singular: 'deviceclass',
  scope: 'Cluster',
  versions: [{ name: 'v1', served: true, schema: standardSchema('resource/v1.DeviceClass'), columns: [] }],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'spec',
  admission: {
    // What was accepted once stays: another version of the server may have read it otherwise.
    validate: async ({ spec }, old) => [
      ...validateSelectors(spec.selectors, 'spec'),
      ...(jsonEquals(spec, old?.spec) ? [] : await selectorProblems(spec.selectors, 'spec')),
    ],
  },
  allowsUnconditionalUpdate: true,
  strategicMerge: true,
  returnsDeleted: true,
};
