import type { FieldError } from '../../meta/errors.ts';
import type { KindAdmission } from '../../schema/kind.ts';
import type { Lease } from '../../schema/standard/types.ts';

/** Rules of Leases (Kubernetes `ValidateLeaseSpec`). */
export const admitLease: KindAdmission<Lease> = {
  prepare(draft, old) {
    const spec = draft['spec'] as Record<string, unknown> | undefined;
    // Kubernetes: these wait behind the gate CoordinatedLeaderElection.
    for (const field of ['strategy', 'preferredHolder'] as const) {
      if (old?.spec?.[field] === undefined) delete spec?.[field];
    }
  },
  validate({ spec }) {
    const errors: FieldError[] = [];
    const { leaseDurationSeconds: duration, leaseTransitions: transitions } = spec ?? {};
    if (duration !== undefined && duration <= 0) {
      const path = 'spec.leaseDurationSeconds';
      errors.push({ type: 'Invalid', path, value: duration, detail: 'must be greater than 0' });
    }
    if (transitions !== undefined && transitions < 0) {
      const path = 'spec.leaseTransitions';
      errors.push({ type: 'Invalid', path, value: transitions, detail: 'must be greater than or equal to 0' });
    }
    return errors;
  },
};
