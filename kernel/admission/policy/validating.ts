import { ApiError, type ApiReason, errorText } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes } from '../../ports/admission.ts';
import { messageLengthMax } from '../../schema/cel/limits.ts';
import {
  type CompiledValidatingPolicy,
  type CompiledValidation,
  compileValidatingPolicy,
} from '../../schema/policy/compile.ts';
import type {
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../schema/standard/types.ts';
import type { DecisionMetrics } from '../decision-metrics.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { forbidden } from '../../meta/forbidden.ts';
import { compileMatcher, type MatchedWrite, type Matcher } from '../matching.ts';
import { askedWrite, type PolicyPorts } from './asked-write.ts';
import { Budget, evaluateConditions, policyCostMax, type Variables, variablesOf, withVariables } from './evaluation.ts';
import { collectParams, ConfigurationError } from './params.ts';
import { type BoundPolicy, policySet, type PolicySet } from './policy-set.ts';

/** A ValidatingAdmissionPolicy ready for use. */
interface ReadyPolicy {
  readonly name: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly paramKind: ParamKind | undefined;
  readonly matcher: Matcher;
  readonly compiled: CompiledValidatingPolicy;
}

type ValidatingSet = PolicySet<ReadyPolicy, ValidatingAdmissionPolicyBinding>;

/** Resources of the kinds that hold the policies. */
const group = 'admissionregistration.k8s.io';

/** The policies among the followed objects. */
export function validatingSet(objects: FollowedObjects): ValidatingSet {
  return policySet({
    objects,
    policies: `validatingadmissionpolicies.${group}`,
    bindings: `validatingadmissionpolicybindings.${group}`,
    compile: readyPolicy,
  });
}

function readyPolicy({ metadata, spec = {} }: ValidatingAdmissionPolicy): ReadyPolicy {
  return {
    name: metadata.name,
    failurePolicy: spec.failurePolicy ?? 'Fail',
    paramKind: spec.paramKind,
    matcher: compileMatcher(spec.matchConstraints ?? {}, 'nothing'),
    compiled: compileValidatingPolicy(spec, { mode: 'stored' }),
  };
}

/** One thing a policy has against a write. */
interface Finding {
  /** How long its expression took; absent where none was evaluated. */
  readonly seconds?: number;
  readonly message: string;
  readonly reason: string;
  /** Which validation of the policy; 0 where none is. */
  readonly index: number;
}

/** A finding that refuses the write. */
interface Denial extends Finding {
  readonly policy: string;
  /** Absent when the policy itself cannot be used. */
  readonly binding?: string;
}

/**
 * Asks every policy that is bound to the write: one may refuse it, warn, or be kept for the audit.
 * @throws {ApiError} the first refusal, with the reason the policy gives; `NotFound` for a namespace that is not there.
 */
export function decideByPolicies(
  set: ValidatingSet,
  object: KubeObject | undefined,
  attributes: AdmissionAttributes,
  ports: PolicyPorts,
): void {
  const policies = set.covering(attributes);
  if (policies.length === 0) return;
  const { write, namespace } = askedWrite(object, attributes, ports.view);
  const { authorizer } = ports;
  const byVersion = new Map<string, Variables>();
  const variables = (version: string) =>
    byVersion.getOrInsertComputed(version, () => variablesOf({ write, version, namespace, authorizer }));
  const annotations = new Map<string, string[]>();
  const denials = policies.flatMap((bound) => askPolicy(bound, { write, variables, ports, annotations }));
  for (const [key, values] of annotations) attributes.audit?.annotate(key, values.join(', '));
  const [first] = denials;
  if (first !== undefined) throw refusal(attributes, first);
}

interface Asking {
  readonly write: MatchedWrite;
  /** The variables of the write with its object in a version; made once. */
  readonly variables: (version: string) => Variables;
  readonly ports: PolicyPorts;
  /** Values for the audit by key; several bindings and params may give some. */
  readonly annotations: Map<string, string[]>;
}

function askPolicy(
  { policy, bindings }: BoundPolicy<ReadyPolicy, ValidatingAdmissionPolicyBinding>,
  { write, variables, ports, annotations }: Asking,
): readonly Denial[] {
  const version = policy.matcher.match(write);
  if (version === undefined) return [];
  return bindings.flatMap(({ binding, matcher }) => {
    if (matcher.match(write) === undefined) return [];
    const findings = findByBinding(policy, binding, variables(version), { write, ports, annotations });
    return act(policy, binding, findings, write.attributes, ports.metrics);
  });
}

function findByBinding(
  policy: ReadyPolicy,
  { metadata, spec }: ValidatingAdmissionPolicyBinding,
  variables: Variables,
  asking: Omit<Asking, 'variables'>,
): readonly Finding[] {
  const { write, ports } = asking;
  try {
    const params = collectParams(policy.paramKind, spec?.paramRef, write.attributes.namespace, ports);
    return params.flatMap((param) =>
      evaluatePolicy(policy, metadata.name, { ...variables, params: param ?? null }, asking),
    );
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return failure(policy, `failed to configure binding: ${errorText(error)}`);
  }
}

/** What failed counts as a refusal, or not at all. */
function failure({ failurePolicy }: ReadyPolicy, message: string): readonly Finding[] {
  return failurePolicy === 'Ignore' ? [] : [{ message, reason: 'Invalid', index: 0 }];
}

function evaluatePolicy(
  policy: ReadyPolicy,
  binding: string,
  base: Variables,
  { ports: { metrics }, annotations }: Omit<Asking, 'variables'>,
): readonly Finding[] {
  const { compiled } = policy;
  const verdict = evaluateConditions(compiled.conditions, base);
  if (verdict === 'differs') return [];
  if (verdict !== 'matches') return failure(policy, verdict.error);
  const budget = new Budget(policyCostMax);
  const variables = withVariables(base, compiled.variables, budget);
  const findings: Finding[] = [];
  let startedMs = metrics.now();
  const found = (all: readonly Omit<Finding, 'seconds'>[], error?: string) => {
    const nowMs = metrics.now();
    const seconds = (nowMs - startedMs) / 1_000;
    startedMs = nowMs;
    for (const one of all) findings.push({ ...one, seconds });
    if (error !== undefined && all.length === 0) metrics.validated(policy.name, binding, error, 'allow', seconds);
  };
  for (const [index, validation] of compiled.validations.entries()) {
    const outcome = budget.evaluate(validation.compiled, variables);
    if (outcome.error === undefined) {
      if (outcome.value !== true) found([{ ...violation(validation, variables, budget), index }]);
      continue;
    }
    found(failure(policy, outcome.error), outcome.error);
    if (outcome.isOutOfBudget) return findings;
  }
  for (const { name, compiled: annotation } of compiled.annotations) {
    const outcome = budget.evaluate(annotation, variables);
    if (outcome.error !== undefined) found(failure(policy, outcome.error), outcome.error);
    else note(annotations, `${policy.name}/${name}`, outcome.value);
  }
  return findings;
}

/** Kubernetes `validating/dispatcher.go` auditAnnotationCollector: nothing is said by an empty text, nor twice. */
function note(annotations: Asking['annotations'], key: string, value: unknown): void {
  const text = typeof value === 'string' ? value.trim() : '';
  const values = annotations.get(key) ?? [];
  if (text !== '' && !values.includes(text)) annotations.set(key, [...values, text]);
}

function violation(
  { validation, message }: CompiledValidation,
  variables: Variables,
  budget: Budget,
): Omit<Finding, 'index'> {
  const { expression, reason = 'Invalid' } = validation;
  const made = message === undefined ? undefined : madeMessage(budget.evaluate(message, variables).value);
  const fixed = validation.message?.trim() ?? '';
  return { message: made ?? (fixed === '' ? `failed expression: ${expression.trim()}` : fixed), reason };
}

/** A message that is empty, long or has several lines is none (Kubernetes `validating/validator.go`). */
function madeMessage(value: unknown): string | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  return text === '' || text.length > messageLengthMax || text.includes('\n') ? undefined : text;
}

const metricActions = { Deny: 'deny', Audit: 'audit', Warn: 'warn' } as const;

/** Does with findings what the binding says. */
function act(
  { name }: ReadyPolicy,
  { metadata, spec }: ValidatingAdmissionPolicyBinding,
  findings: readonly Finding[],
  { warn, audit }: AdmissionAttributes,
  metrics: DecisionMetrics,
): readonly Denial[] {
  const actions = spec?.validationActions ?? [];
  const binding = metadata.name;
  for (const { message, seconds } of findings) {
    if (seconds === undefined) continue;
    for (const action of actions) metrics.validated(name, binding, message, metricActions[action], seconds);
  }
  if (actions.includes('Audit') && findings.length > 0) {
    const failures = findings.map(({ message, index }) => {
      return { message, policy: name, binding, expressionIndex: index, validationActions: actions };
    });
    audit?.annotate('validation.policy.admission.k8s.io/validation_failure', JSON.stringify(failures));
  }
  if (actions.includes('Warn')) {
    for (const { message } of findings) {
      warn(`Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding}': ${message}`);
    }
  }
  return actions.includes('Deny') ? findings.map((finding) => ({ ...finding, policy: name, binding })) : [];
}

const reasons: ReadonlySet<string> = new Set<ApiReason>([
  'Unauthorized',
  'Forbidden',
  'RequestEntityTooLarge',
  'Invalid',
]);

/** Text, reason and cause as upstream (`validating/dispatcher.go`): the sentence is that of a 403, whatever the code. */
function refusal(attributes: AdmissionAttributes, { policy, binding, message, reason }: Denial): ApiError {
  const by = binding === undefined ? '' : ` with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy '${policy}'${by} denied request: ${message}`;
  const error = forbidden(attributes, text, [{ reason: '', message: text }]);
  return new ApiError(reasons.has(reason) ? (reason as ApiReason) : 'Invalid', error.message, error.details);
}
