import { addFinalizer } from '../../../kernel/meta/finalizers.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import { workFinalizer } from './plan.ts';
import type { Work } from './type.ts';

/** Admission of Work: it stands in the namespace of a site, and goes only when that site confirmed. */
export const admitWork: KindAdmission<Work> = {
  mutate(draft, _old, { operation, subresource }) {
    if (operation === 'create' && subresource === '') addFinalizer(draft, workFinalizer);
  },
  validate(work) {
    const { namespace = '' } = work.metadata;
    if (namespace.startsWith('site-')) return [];
    return [
      {
        type: 'Invalid',
        path: 'metadata.namespace',
        value: namespace,
        detail: 'must be the namespace of a site, "site-<name>"',
      },
    ];
  },
};
