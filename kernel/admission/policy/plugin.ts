import type { AdmissionPlugin } from '../../ports/admission.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { isExempt } from '../matching.ts';
import type { PolicyPorts, validatingSet } from './validating.ts';

const bindings = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';

/**
 * Decides by ValidatingAdmissionPolicies and their bindings (Kubernetes `ValidatingAdmissionPolicy`). Without a binding
 * nothing of it is even loaded; writes of resources that no bound policy covers are not looked at.
 */
export function validatingPolicies(objects: FollowedObjects, ports: PolicyPorts): AdmissionPlugin {
  let set: ReturnType<typeof validatingSet> | undefined;
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => {
      if (objects.count(bindings) === 0 || isExempt(attributes.definition)) return false;
      return set === undefined || set.covering(attributes).length > 0;
    },
    async validate(object, attributes) {
      const { decideByPolicies, validatingSet: open } = await import('./validating.ts');
      set ??= open(objects);
      decideByPolicies(set, object, attributes, ports);
    },
  };
}
