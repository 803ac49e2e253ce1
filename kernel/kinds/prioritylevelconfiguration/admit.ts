import type { FieldError } from '../../meta/errors.ts';
import { notNegative, notSupported } from '../../meta/field-rules.ts';
import { isPlainObject, jsonEquals } from '../../meta/json.ts';
import type { AdmitContext, KindAdmission } from '../../schema/kind.ts';
import type {
  LimitedPriorityLevelConfiguration,
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
  if (response?.['type'] === 'Queue') fill(part(response, 'queuing'), queuingDefaults);
}

function part(parent: Record<string, unknown> | undefined, name: string): Record<string, unknown> | undefined {
  const value = parent?.[name];
  return isPlainObject(value) ? value : undefined;
}

function fill(object: Record<string, unknown> | undefined, defaults: object): void {
  if (object !== undefined) for (const [name, value] of Object.entries(defaults)) object[name] ??= value;
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

function validateType({ type, limited, exempt }: PriorityLevelConfigurationSpec, name: string): readonly FieldError[] {
  if (type === 'Exempt') {
    if (limited !== undefined) {
      const detail = "must be nil if the type is not 'Limited'";
      return [{ type: 'Forbidden', path: 'spec.limited', detail }];
    }
    if (name === 'exempt') return [];
    const detail = "must be 'Limited' if name is not 'exempt'";
    return [{ type: 'Invalid', path: 'spec.type', value: type, detail }];
  }
  if (type !== 'Limited') return [notSupported('spec.type', type, ['Exempt', 'Limited'])];
  if (limited === undefined) {
    return [{ type: 'Required', path: 'spec.limited', detail: "must not be empty when type is 'Limited'" }];
  }
  const errors: FieldError[] = [];
  if (exempt !== undefined) {
    errors.push({ type: 'Forbidden', path: 'spec.exempt', detail: "must be nil if the type is 'Limited'" });
  }
  return [...errors, ...validateLimited(limited)];
}

function validateLimited(limited: LimitedPriorityLevelConfiguration): readonly FieldError[] {
  const path = 'spec.limited';
  const { nominalConcurrencyShares, lendablePercent: lendable = 0, borrowingLimitPercent, limitResponse } = limited;
  const errors: FieldError[] = [...notNegative(`${path}.nominalConcurrencyShares`, nominalConcurrencyShares)];
  if (lendable < 0 || lendable > 100) {
    const detail = 'must be between 0 and 100, inclusive';
    errors.push({ type: 'Invalid', path: `${path}.lendablePercent`, value: lendable, detail });
  }
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    const detail = 'if specified, must be a non-negative integer';
    errors.push({ type: 'Invalid', path: `${path}.borrowingLimitPercent`, value: borrowingLimitPercent, detail });
  }
  const { type, queuing } = limitResponse ?? { type: '' };
  const at = `${path}.limitResponse`;
  if (type === 'Reject') {
    const detail = "must be nil if limited.limitResponse.type is not 'Limited'";
    return queuing === undefined ? errors : [...errors, { type: 'Forbidden', path: `${at}.queuing`, detail }];
  }
  if (type !== 'Queue') return [...errors, notSupported(`${at}.type`, type, ['Queue', 'Reject'])];
  if (queuing !== undefined) return [...errors, ...validateQueuing(queuing, `${at}.queuing`)];
  const detail = "must not be empty if limited.limitResponse.type is 'Limited'";
  return [...errors, { type: 'Required', path: `${at}.queuing`, detail }];
}

/** Most queues of one level. */
const queuesMax = 10_000_000;
/** A hand is dealt from a 60-bit hash of the flow: more queues or larger hands would not fit. */
const handBitsMax = 60;

function validateQueuing(queuing: QueuingConfiguration, path: string): readonly FieldError[] {
  const { queues = 0, handSize = 0, queueLengthLimit = 0 } = queuing;
  const errors: FieldError[] = [];
  const invalid = (name: string, value: number, detail: string) =>
    errors.push({ type: 'Invalid', path: `${path}.${name}`, value, detail });
  if (queueLengthLimit <= 0) invalid('queueLengthLimit', queueLengthLimit, 'must be positive');
  if (queues <= 0) invalid('queues', queues, 'must be positive');
  if (queues > queuesMax) invalid('queues', queues, `must not be greater than ${queuesMax}`);
  if (handSize <= 0) invalid('handSize', handSize, 'must be positive');
  if (handSize > queues) {
    invalid('handSize', handSize, `should not be greater than queues (${queues})`);
  } else if (entropyBits(queues, handSize) > handBitsMax) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${handBitsMax}`;
    invalid('handSize', handSize, detail);
  }
  return errors;
}

/** Bits it takes to name one of the hands. */
function entropyBits(deckSize: number, handSize: number): number {
  let bits = 0;
  for (let taken = 0; taken < handSize; taken++) bits += Math.log2(Math.max(1, deckSize - taken));
  return Math.ceil(bits);
}
