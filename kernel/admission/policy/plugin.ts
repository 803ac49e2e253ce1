import type { AdmissionPlugin } from '../../ports/admission.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { isExempt } from '../matching.ts';
import type { PolicyPorts } from './asked-write.ts';
import type { mutateByPolicies, mutatingSet } from './mutating.ts';
import type { decideByPolicies, validatingSet } from './validating.ts';

const bindings = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';
const mutatingBindings = 'mutatingadmissionpolicybindings.admissionregistration.k8s.io';

/**
 * Changes what is written by MutatingAdmissionPolicies and their bindings (Kubernetes `MutatingAdmissionPolicy`), before
 * webhooks do. Of what is deleted there is nothing to change.
 */
export function mutatingPolicies(objects: FollowedObjects, ports: PolicyPorts): AdmissionPlugin {
  let mutator: PolicyMutator | undefined;
  return {
    name: 'MutatingAdmissionPolicy',
    handles: (attributes) => {
      if (attributes.operation === 'delete') return false;
      if (objects.count(mutatingBindings) === 0 || isExempt(attributes.definition)) return false;
      return mutator === undefined || mutator.set.covering(attributes).length > 0;
    },
    async mutateInRounds(draft, attributes) {
      mutator ??= await openMutator(objects);
      return mutator.mutate(mutator.set, { draft, attributes, ports });
    },
  };
}

/** What is loaded when it is first needed. */
interface PolicyMutator {
  readonly set: ReturnType<typeof mutatingSet>;
  readonly mutate: typeof mutateByPolicies;
}

async function openMutator(objects: FollowedObjects): Promise<PolicyMutator> {
  const loaded = await import('./mutating.ts');
  return { set: loaded.mutatingSet(objects), mutate: loaded.mutateByPolicies };
}

/**
 * Decides by ValidatingAdmissionPolicies and their bindings (Kubernetes `ValidatingAdmissionPolicy`). Without a binding
 * nothing of it is even loaded; writes of resources that no bound policy covers are not looked at.
 */
export function validatingPolicies(objects: FollowedObjects, ports: PolicyPorts): AdmissionPlugin {
  let decider: PolicyDecider | undefined;
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => {
      if (objects.count(bindings) === 0 || isExempt(attributes.definition)) return false;
      return decider === undefined || decider.set.covering(attributes).length > 0;
    },
    async validate(object, attributes) {
      decider ??= await openDecider(objects);
      decider.decide(decider.set, object, attributes, ports);
    },
  };
}

/** What is loaded when it is first needed. */
interface PolicyDecider {
  readonly set: ReturnType<typeof validatingSet>;
  readonly decide: typeof decideByPolicies;
}

async function openDecider(objects: FollowedObjects): Promise<PolicyDecider> {
  const loaded = await import('./validating.ts');
  return { set: loaded.validatingSet(objects), decide: loaded.decideByPolicies };
}
