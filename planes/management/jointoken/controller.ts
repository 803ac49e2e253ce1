import type { ControllerDefinition } from '../../../kernel/controller/controller.ts';
import { managementGroup } from '../site/type.ts';
import { reconcileJoinToken } from './reconcile.ts';
import { type JoinToken, joinTokenKind } from './type.ts';

/** Keeps the phase of join tokens and clears away old ones. */
export const joinTokenController: ControllerDefinition<JoinToken> = {
  name: 'jointoken',
  kind: joinTokenKind,
  rules: [{ verbs: ['delete'], groups: [managementGroup], resources: ['jointokens'] }],
  concurrency: 1,
  reconcile: reconcileJoinToken,
};
