import { ApiError, errorText } from '../../meta/errors.ts';
import { cloneJson, jsonEquals } from '../../meta/json.ts';
import type { JsonObject, KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, SecondRound } from '../../ports/admission.ts';
import { type CompiledMutatingPolicy, compileMutatingPolicy } from '../../schema/policy/compile-mutating.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamKind,
} from '../../schema/standard/types.ts';
import { takeOver } from '../draft.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { forbidden } from '../../meta/forbidden.ts';
import { compileMatcher, inVersion, type Matcher } from '../matching.ts';
import { type AskedWrite, askedWrite, type PolicyPorts } from './asked-write.ts';
import { Budget, evaluateConditions, policyCostMax, type Variables, variablesOf, withVariables } from './evaluation.ts';
import { applyMutation, MutationError } from './mutation.ts';
import { collectParams, ConfigurationError } from './params.ts';
import { type BoundPolicy, policySet, type PolicySet } from './policy-set.ts';

/** A MutatingAdmissionPolicy ready for use. */
interface ReadyPolicy {
  readonly name: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  /** `reinvocationPolicy: IfNeeded`. */
  readonly isReinvoked: boolean;
  readonly paramKind: ParamKind | undefined;
  readonly matcher: Matcher;
  readonly compiled: CompiledMutatingPolicy;
}

type Bound = BoundPolicy<ReadyPolicy, MutatingAdmissionPolicyBinding>;
type MutatingSet = PolicySet<ReadyPolicy, MutatingAdmissionPolicyBinding>;

const group = 'admissionregistration.k8s.io';

/** The policies among the followed objects. */
export function mutatingSet(objects: FollowedObjects): MutatingSet {
  return policySet({
    objects,
    policies: `mutatingadmissionpolicies.${group}`,
    bindings: `mutatingadmissionpolicybindings.${group}`,
    compile: readyPolicy,
  });
}

function readyPolicy({ metadata, spec = {} }: MutatingAdmissionPolicy): ReadyPolicy {
  return {
    name: metadata.name,
    failurePolicy: spec.failurePolicy ?? 'Fail',
    isReinvoked: spec.reinvocationPolicy === 'IfNeeded',
    paramKind: spec.paramKind,
    matcher: compileMatcher(spec.matchConstraints ?? {}, 'nothing'),
    compiled: compileMutatingPolicy(spec, { mode: 'stored' }),
  };
}

/** A policy with a binding and a parameter that are about a write (Kubernetes `generic.PolicyInvocation`). */
interface Invocation {
  readonly policy: ReadyPolicy;
  readonly binding: string;
  readonly param: KubeObject | undefined;
  /** The version the object is changed in. */
  readonly version: string;
}

/** Something that kept a policy from doing its work. */
interface Problem extends Pick<Invocation, 'policy' | 'binding'> {
  readonly message: string;
  /** Absent: that of a 403. */
  readonly reason?: 'Invalid';
}

/** Policies at work on a draft. */
interface Work {
  readonly draft: Record<string, unknown>;
  readonly attributes: AdmissionAttributes;
  readonly ports: PolicyPorts;
}

/**
 * Lets every policy that is bound to the write change its draft, one after the other, each on what those before it made
 * (Kubernetes `policy/mutating/dispatcher.go`). Those that want it run once more if the draft changed.
 * @throws {ApiError} `Forbidden` for what failed and must not; `NotFound` for a namespace that is not there; `InternalError`
 *   for a JSON patch that sets fields that are not there.
 */
export function mutateByPolicies(set: MutatingSet, work: Work): SecondRound {
  const invoked = runPolicies(set, work, () => true);
  const again = new Set(invoked.filter(({ policy }) => policy.isReinvoked).map(keyOf));
  const made = again.size === 0 ? undefined : cloneJson(work.draft);
  const isWanted = invoked.some(({ hasChanged }) => hasChanged);
  return {
    isWanted,
    async run(draft) {
      if (again.size === 0 || (!isWanted && jsonEquals(made, draft))) return;
      runPolicies(set, { ...work, draft }, (invocation) => again.has(keyOf(invocation)));
    },
  };
}

function keyOf({ policy, binding, param }: Invocation): string {
  const { namespace = '', name = '' } = param?.metadata ?? {};
  return [policy.name, binding, namespace, name].join('/');
}

interface Invoked extends Invocation {
  readonly hasChanged: boolean;
}

/** @returns those that ran: their conditions held. */
function runPolicies(set: MutatingSet, work: Work, isMeant: (invocation: Invocation) => boolean): readonly Invoked[] {
  const { draft, attributes, ports } = work;
  const asked = askedWrite(objectOf(draft), attributes, ports.view);
  const problems: Problem[] = [];
  const invocations = set.covering(attributes).flatMap((bound) => invocationsOf(bound, asked, ports, problems));
  const invoked: Invoked[] = [];
  for (const invocation of invocations.filter(isMeant)) {
    // Mutations replace parts of the draft and leave what is in them alone.
    const before = { ...draft };
    if (!invoke(invocation, asked, work, problems)) continue;
    invoked.push({ ...invocation, hasChanged: !jsonEquals(before, draft) });
  }
  const denials = problems.filter(({ policy }) => policy.failurePolicy === 'Fail');
  if (denials.length > 0) throw refusal(attributes, denials);
  return invoked;
}

function objectOf(draft: Record<string, unknown>): KubeObject {
  return draft as Record<string, unknown> & KubeObject;
}

function invocationsOf(
  { policy, bindings }: Bound,
  { write }: AskedWrite,
  ports: PolicyPorts,
  problems: Problem[],
): readonly Invocation[] {
  const version = policy.matcher.match(write);
  if (version === undefined) return [];
  return bindings.flatMap(({ binding: { metadata, spec }, matcher }) => {
    if (matcher.match(write) === undefined) return [];
    const binding = metadata.name;
    try {
      const params = collectParams(policy.paramKind, spec?.paramRef, write.attributes.namespace, ports);
      return params.map((param) => ({ policy, binding, param, version }));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      problems.push({ policy, binding, message: `failed to configure binding: ${errorText(error)}` });
      return [];
    }
  });
}

/**
 * Runs the mutations of a policy in their order; one that fails leaves the draft to the next.
 * @returns false when its conditions do not hold.
 */
function invoke(invocation: Invocation, asked: AskedWrite, work: Work, problems: Problem[]): boolean {
  const { policy, binding } = invocation;
  const { draft, attributes } = work;
  const { metrics } = work.ports;
  const fail = (message: string) => problems.push({ policy, binding, message, reason: 'Invalid' });
  const { conditions, mutations, variables } = policy.compiled;
  const verdict = conditions.length === 0 ? 'matches' : evaluateConditions(conditions, baseOf(invocation, asked, work));
  if (typeof verdict === 'object') fail(verdict.error);
  if (verdict !== 'matches') return false;
  for (const mutation of mutations) {
    // Each sees the object as it is by now, and has the whole budget.
    const base = baseOf(invocation, asked, work);
    const budget = new Budget(policyCostMax);
    const startedMs = metrics.now();
    try {
      const evaluate = () => budget.evaluate(mutation.compiled, withVariables(base, variables, budget));
      const object = inVersion(objectOf(draft), attributes.definition, invocation.version);
      const changed = applyMutation(mutation, evaluate, { object, ...invocation, ...attributes });
      metrics.mutated(policy.name, binding, undefined, startedMs);
      if (changed === object) continue;
      const next = inVersion(changed, attributes.definition, asked.write.version);
      takeOver(draft, next as KubeObject & JsonObject, attributes);
    } catch (error) {
      metrics.mutated(policy.name, binding, errorText(error), startedMs);
      if (!(error instanceof MutationError)) throw error;
      fail(error.message);
    }
  }
  return true;
}

function baseOf({ version, param }: Invocation, { write, namespace }: AskedWrite, { draft, ports }: Work): Variables {
  const current = { ...write, object: objectOf({ ...draft }) };
  const { authorizer } = ports;
  return { ...variablesOf({ write: current, version, namespace, authorizer }), params: param ?? null };
}

/** Text, reason and causes as upstream (`generic/policy_dispatcher.go`): a 403, whatever the reason says. */
function refusal(attributes: AdmissionAttributes, denials: readonly Problem[]): ApiError {
  const texts = denials.map(
    ({ policy, binding, message }) => `policy '${policy.name}' with binding '${binding}' denied request: ${message}`,
  );
  const causes = texts.map((message) => ({ reason: '', message }));
  const { details } = forbidden(attributes, '', causes);
  const reason = denials[0]?.reason ?? 'Forbidden';
  return new ApiError('Forbidden', texts[0] ?? '', { ...details, answered: { code: 403, reason } });
}
