import { ApiError } from '../../kernel/meta/errors.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { AdmissionPlugin } from '../../kernel/ports/admission.ts';

/**
 * Refuses what would have to be encrypted by a key service that was not heard of for too long (Kubernetes: 500 InternalError). Deletes
 * go on: they store nothing new. @param problemOf why nothing of a resource should be written.
 */
export function encryptionAdmission(problemOf: (resource: string) => string | undefined): AdmissionPlugin {
  return {
    name: 'EncryptionAtRest',
    handles: ({ operation, dryRun }) => operation !== 'delete' && !dryRun,
    async validate(_object, { definition }) {
      const resource = formatResource(definition.plural, definition.group);
      const problem = problemOf(resource);
      if (problem === undefined) return;
      throw new ApiError('InternalError', `Internal error occurred: cannot encrypt ${resource}: ${problem}`);
    },
  };
}
