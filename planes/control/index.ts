import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { deploymentKind } from './deployment/type.ts';
import { endpointsKind } from './endpoints/type.ts';
import { nodeKind } from './node/type.ts';
import { podKind } from './pod/type.ts';
import { replicaSetKind } from './replicaset/type.ts';
import { serviceKind } from './service/type.ts';

/** The kinds of the control plane. */
export const controlKinds: readonly KindDefinition[] = [
  nodeKind,
  podKind,
  replicaSetKind,
  deploymentKind,
  serviceKind,
  endpointsKind,
];
