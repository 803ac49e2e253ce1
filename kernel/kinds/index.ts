import type { KindDefinition } from '../schema/kind.ts';
import { certificateSigningRequestKind } from './certificatesigningrequest/type.ts';
import { clusterRoleKind } from './clusterrole/type.ts';
import { clusterRoleBindingKind } from './clusterrolebinding/type.ts';
import { configMapKind } from './configmap/type.ts';
import { eventsEventKind } from './event/events-group.ts';
import { eventKind } from './event/type.ts';
import { leaseKind } from './lease/type.ts';
import { limitRangeKind } from './limitrange/type.ts';
import { namespaceKind } from './namespace/type.ts';
import { resourceQuotaKind } from './resourcequota/type.ts';
import { restorationKind } from './restoration/type.ts';
import { roleKind } from './role/type.ts';
import { roleBindingKind } from './rolebinding/type.ts';
import { secretKind } from './secret/type.ts';
import { serviceAccountKind } from './serviceaccount/type.ts';

/** The kinds every server serves, whatever planes it carries. */
export const kernelKinds: readonly KindDefinition[] = [
  namespaceKind,
  configMapKind,
  secretKind,
  serviceAccountKind,
  eventKind,
  eventsEventKind,
  leaseKind,
  roleKind,
  clusterRoleKind,
  roleBindingKind,
  clusterRoleBindingKind,
  certificateSigningRequestKind,
  resourceQuotaKind,
  limitRangeKind,
  restorationKind,
];
