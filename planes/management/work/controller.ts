import type { ControllerDefinition } from '../../../kernel/controller/controller.ts';
import { managementGroup } from '../site/type.ts';
import { reconcileWork } from './reconcile.ts';
import { type Work, workKind } from './type.ts';

/** Runs at the hub: turns the confirmation of a site into the end of a Work. */
export const workController: ControllerDefinition<Work> = {
  name: 'work',
  kind: workKind,
  rules: [{ verbs: ['patch'], groups: [managementGroup], resources: ['works'] }],
  reconcile: reconcileWork,
};
