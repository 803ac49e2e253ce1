import type { KubeObject } from '../../kernel/meta/object.ts';
import type { ControllerDefinition } from '../../kernel/controller/controller.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { applicationController } from './application/controller.ts';
import type { ApplicationPorts } from './application/reconcile.ts';
import { applicationKind } from './application/type.ts';

/** Kinds of the application plane that a hub serves. */
export const applicationKinds: readonly KindDefinition[] = [applicationKind];

/** Controllers of the application plane that run at the hub. */
export function hubControllers(ports: ApplicationPorts): readonly ControllerDefinition<KubeObject>[] {
  return [applicationController(ports)];
}
