import type { AdmissionPlugin } from '../../ports/admission.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { isExempt } from '../matching.ts';
import type { decideByPolicies, PolicyPorts, validatingSet } from './validating.ts';

const bindings = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';

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
