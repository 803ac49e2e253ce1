import type { KindDefinition } from '../../schema/kind.ts';
import type { Condition, ConditionDraft } from '../../meta/conditions.ts';
import { isConditionTrue } from '../../meta/conditions.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../schema/standard/types.ts';

/** Condition of a definition whose kind is served. */
export const establishedType = 'Established';

/** What is to become of a definition that is not being deleted. */
export interface NamePlan {
  /** Names under which the kind may be served; empty ones were never free. */
  readonly acceptedNames: CustomResourceDefinitionNames;
  readonly namesAccepted: ConditionDraft;
  readonly established: ConditionDraft;
}

/**
 * Decides under which names a definition is served (apiextensions naming and establishing controllers). A name counts as
 * taken when another kind of the group has it; what was accepted before stays accepted.
 * @param served all kinds the server serves, that of the definition among them.
 */
export function planNames(crd: CustomResourceDefinition, served: readonly KindDefinition[]): NamePlan {
  const { group, names } = crd.spec;
  const others = served.filter((kind) => kind.group === group && !(kind.plural === names.plural && kind.custom));
  const resources = new Set(
    others.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]),
  );
  const kinds = new Set(others.flatMap(({ kind, listKind = `${kind}List` }) => [kind, listKind]));
  const before: CustomResourceDefinitionNames = crd.status?.acceptedNames ?? { plural: '', kind: '' };
  const { singular = '', listKind = '', shortNames, categories } = names;
  const takenShortName = shortNames?.find((name) => resources.has(name));
  const conflicts = [
    ...(resources.has(names.plural) ? [conflictOf('Plural', names.plural)] : []),
    ...(resources.has(singular) ? [conflictOf('Singular', singular)] : []),
    ...(takenShortName === undefined ? [] : [conflictOf('ShortNames', takenShortName)]),
    ...(kinds.has(names.kind) ? [conflictOf('Kind', names.kind)] : []),
    ...(kinds.has(listKind) ? [conflictOf('ListKind', listKind)] : []),
  ];
  const acceptedShortNames = takenShortName === undefined ? shortNames : before.shortNames;
  const [conflict] = conflicts;
  return {
    acceptedNames: {
      plural: resources.has(names.plural) ? before.plural : names.plural,
      kind: kinds.has(names.kind) ? before.kind : names.kind,
      ...optional('singular', resources.has(singular) ? before.singular : singular),
      ...optional('listKind', kinds.has(listKind) ? before.listKind : listKind),
      ...optional('shortNames', acceptedShortNames),
      ...optional('categories', categories),
    },
    namesAccepted: conflict ?? namesCondition('True', 'NoConflicts', 'no conflicts found'),
    established: planEstablished(crd, {
      isFree: conflicts.length === 0,
      canServe: !resources.has(names.plural) && !kinds.has(names.kind),
    }),
  };
}

/** Once established, a definition stays so although a further name is taken, as long as its kind can be served. */
function planEstablished(
  { status }: CustomResourceDefinition,
  { isFree, canServe }: { readonly isFree: boolean; readonly canServe: boolean },
): ConditionDraft {
  const wasEstablished = isConditionTrue(status?.conditions as readonly Condition[] | undefined, establishedType);
  const type = establishedType;
  return isFree || (wasEstablished && canServe)
    ? { type, status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' }
    : { type, status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' };
}

function conflictOf(what: string, name: string): ConditionDraft {
  return namesCondition('False', `${what}Conflict`, `${JSON.stringify(name)} is already in use`);
}

function namesCondition(status: 'True' | 'False', reason: string, message: string): ConditionDraft {
  return { type: 'NamesAccepted', status, reason, message };
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined || value === '' ? {} : { [name]: value }) as { readonly [key in K]?: V };
}
