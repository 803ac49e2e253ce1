import type { FieldError } from '../../meta/errors.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Event } from '../../schema/standard/types.ts';

/** Namespace of events about cluster-scoped objects. */
const clusterEventsNamespace = 'default';

/** Rules of Events (Kubernetes `legacyValidateEvent`): an event lives in the namespace of what it is about. */
export const admitEvent: KindAdmission<Event> = {
  validate({ metadata, involvedObject }) {
    const namespace = involvedObject.namespace ?? '';
    if (namespace === metadata.namespace) return [];
    const isAboutCluster =
      namespace === '' && [clusterEventsNamespace, 'kube-system'].includes(metadata.namespace ?? '');
    if (isAboutCluster) return [];
    const error: FieldError = {
      type: 'Invalid',
      path: 'involvedObject.namespace',
      value: namespace,
      detail: 'does not match event.namespace',
    };
    return [error];
  },
};
