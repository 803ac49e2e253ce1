import type { FieldError } from '../../meta/errors.ts';
import { invalid, present, supported } from '../../meta/field-rules.ts';
import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from '../../schema/standard/types.ts';
import { mandatoryPriorityLevels } from './defaults.ts';

/** Defaults and rules of PriorityLevelConfigurations (Kubernetes `SetDefaults_…`, `ValidatePriorityLevelConfiguration`). */
export const admitPriorityLevel: KindAdmission<PriorityLevelConfiguration> = {
  mutate: defaultLevel,
  validate: validateLevel,
};

const queuingDefaults = { queues: 64, handSize: 8, queueLengthLimit: 50 };

function defaultLevel(draft: Record<string, unknown>): void {
  const spec = part(draft, 'spec');
  if (spec?.['type'] === 'Exempt') {
    spec['exempt'] ??= {};
    fill(part(spec, 'exempt'), { nominalConcurrencyShares: 0, lendablePercent: 0 });
  }
  const limited = part(spec, 'limited');
  fill(limited, { nominalConcurrencyShares: 30, lendablePercent: 0 });
  const response = part(limited, 'limitResponse');
  if (response?.['type'] === 'Queue') fillZeros(part(response, 'queuing'), queuingDefaults);
}

function part(parent: Record<string, unknown> | undefined, name: string): Record<string, unknown> | undefined {
  const value = parent?.[name];
  return isPlainObject(value) ? value : undefined;
}

function fill(object: Record<string, unknown> | undefined, defaults: object): void {
  if (object !== undefined) for (const [name, value] of Object.entries(defaults)) object[name] ??= value;
}

/** The same for numbers that are 0 where nobody gave them. */
function fillZeros(object: Record<string, unknown> | undefined, defaults: object): void {
  if (object !== undefined) for (const [name, value] of Object.entries(defaults)) object[name] ||= value;
}

function validateLevel(
  { metadata: { name }, spec }: PriorityLevelConfiguration,
  _old: PriorityLevelConfiguration | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status' || spec === undefined) return [];
  const fixed = mandatoryPriorityLevels.find((one) => one.name === name);
  // The exempt level may lend and borrow as people like; only its type is fixed.
  const differs = name === 'exempt' ? spec.type !== 'Exempt' : !jsonEquals(fixed?.spec, spec);
  if (fixed !== undefined && differs) {
    const detail = `spec of '${name}' must equal the fixed value`;
    return [{ type: 'Invalid', path: 'spec', value: spec, detail }];
  }
  return validateType(spec, name);
}

function validateType(
  { type, limited, exempt }: Partial<PriorityLevelConfigurationSpec>,
  name: string,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const forbidden = (path: string, detail: string) => errors.push({ type: 'Forbidden', path, detail });
  if ((name === 'exempt') !== (type === 'Exempt')) {
    errors.push(invalid('spec.type', type ?? '', "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  if (type === 'Exempt') {
    if (limited !== undefined) forbidden('spec.limited', 'must be nil if the type is not Limited');
    return exempt === undefined ? errors : [...errors, ...validateShares(exempt, 'spec.exempt')];
  }
  if (type !== 'Limited') {
    return [...errors, ...(type === undefined ? present('spec.type', type) : supported('spec.type', type, types))];
  }
  if (exempt !== undefined) forbidden('spec.exempt', 'must be nil if the type is Limited');
  if (limited !== undefined) return [...errors, ...validateLimited(limited)];
  return [...errors, ...present('spec.limited', undefined, 'must not be empty when type is Limited')];
}

const types = ['Exempt', 'Limited'];

/** What a level gets of all there is, and what it may lend. */
function validateShares(level: ExemptPriorityLevelConfiguration, path: string): readonly FieldError[] {
  const { nominalConcurrencyShares: shares = 0, lendablePercent: lendable = 0 } = level;
  const isShare = lendable >= 0 && lendable <= 100;
  return [
    ...(shares < 0 ? [invalid(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer')] : []),
    ...(isShare ? [] : [invalid(`${path}.lendablePercent`, lendable, 'must be between 0 and 100, inclusive')]),
  ];
}

function validateLimited(limited: Partial<LimitedPriorityLevelConfiguration>): readonly FieldError[] {
  const path = 'spec.limited';
  const { nominalConcurrencyShares, lendablePercent, borrowingLimitPercent: limit = 0, limitResponse } = limited;
  const detail = 'if specified, must be a non-negative integer';
  return [
    ...validateShares(nominalConcurrencyShares === undefined ? {} : { nominalConcurrencyShares }, path),
    ...validateResponse(limitResponse ?? {}, `${path}.limitResponse`),
    ...validateShares(lendablePercent === undefined ? {} : { lendablePercent }, path),
    ...(limit < 0 ? [invalid(`${path}.borrowingLimitPercent`, limit, detail)] : []),
  ];
}

/** What becomes of requests for which there is no room. */
function validateResponse({ type, queuing }: Partial<LimitResponse>, path: string): readonly FieldError[] {
  const at = `${path}.queuing`;
  if (type === 'Reject') {
    const detail = 'must be nil if limited.limitResponse.type is not Limited';
    return queuing === undefined ? [] : [{ type: 'Forbidden', path: at, detail }];
  }
  if (type !== 'Queue') {
    return type === undefined ? present(`${path}.type`, type) : supported(`${path}.type`, type, ['Queue', 'Reject']);
  }
  if (queuing !== undefined) return validateQueuing(queuing, at);
  return present(at, undefined, 'must not be empty if limited.limitResponse.type is Limited');
}

/** Most queues of one level. */
const queuesMax = 10_000_000;
/** A hand is dealt from a 60-bit hash of the flow: more queues or larger hands would not fit. */
const handBitsMax = 60;

function validateQueuing(queuing: QueuingConfiguration, path: string): readonly FieldError[] {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  const errors: FieldError[] = [];
  const refuse = (name: string, value: number, detail: string) =>
    errors.push(invalid(`${path}.${name}`, value, detail));
  if (queueLengthLimit <= 0) refuse('queueLengthLimit', queueLengthLimit, 'must be positive');
  if (queues <= 0) refuse('queues', queues, 'must be positive');
  if (queues > queuesMax) refuse('queues', queues, `must not be greater than ${queuesMax}`);
  if (handSize <= 0) refuse('handSize', handSize, 'must be positive');
  if (handSize > queues) {
    refuse('handSize', handSize, `should not be greater than queues (${queues})`);
  } else if (entropyBits(queues, handSize) > handBitsMax) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${handBitsMax}`;
    refuse('handSize', handSize, detail);
  }
  return errors;
}

/** Bits it takes to name one of the hands. */
function entropyBits(deckSize: number, handSize: number): number {
  let bits = 0;
  for (let taken = 0; taken < handSize; taken++) bits += Math.log2(Math.max(1, deckSize - taken));
  return Math.ceil(bits);
}
