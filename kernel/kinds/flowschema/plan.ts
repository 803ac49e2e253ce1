import type { ConditionDraft } from '../../meta/conditions.ts';

/** Says whether the level of a schema exists, in upstream's words; requests of a dangling schema go to the next that matches. */
export function danglingCondition(level: string, exists: boolean): ConditionDraft {
  const reference = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
  if (exists) return { type: 'Dangling', status: 'False', reason: 'Found', message: `${reference} and it exists` };
  const message = `${reference} but there is no such object`;
  return { type: 'Dangling', status: 'True', reason: 'NotFound', message };
}
