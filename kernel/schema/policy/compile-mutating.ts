import { jsonPatchType, wholeObjectType } from '../cel/messages.ts';
import { listType } from '../cel/types.ts';
import type { MutatingAdmissionPolicySpec } from '../standard/types.ts';
import {
  compileConditions,
  type CompileOptions,
  compilePolicyExpression,
  compileVariables,
  type NamedExpression,
  type PolicyExpression,
} from './compile.ts';
import type { AvailableVariables } from './environment.ts';

/** One of `mutations`. */
export interface CompiledMutation {
  readonly patchType: 'ApplyConfiguration' | 'JSONPatch';
  readonly compiled: PolicyExpression;
}

/** All expressions of a MutatingAdmissionPolicy. */
export interface CompiledMutatingPolicy {
  readonly conditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly mutations: readonly CompiledMutation[];
}

/**
 * Compiles everything in a policy (Kubernetes `policy/mutating/compilation.go`). Expressions that cannot be used say why; nothing
 * is thrown.
 */
export function compileMutatingPolicy(
  spec: MutatingAdmissionPolicySpec,
  { mode, ...known }: CompileOptions,
): CompiledMutatingPolicy {
  const base: AvailableVariables = { ...known, hasParams: spec.paramKind !== undefined, hasAuthorizer: true };
  const { variables, available } = compileVariables(spec.variables, base, mode);
  return {
    conditions: compileConditions(spec.matchConditions, base, mode),
    variables,
    mutations: (spec.mutations ?? []).map(({ patchType, applyConfiguration, jsonPatch }) => {
      const isJsonPatch = patchType === 'JSONPatch';
      const expression = (isJsonPatch ? jsonPatch : applyConfiguration)?.expression ?? '';
      const results = [isJsonPatch ? listType(jsonPatchType) : wholeObjectType];
      return {
        patchType: isJsonPatch ? 'JSONPatch' : 'ApplyConfiguration',
        compiled: compilePolicyExpression(expression, { ...available, makesPatches: true }, { results, mode }),
      };
    }),
  };
}
