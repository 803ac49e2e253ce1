import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';
import { templateWarnings } from '../pod-spec/warnings.ts';

/** Where a workload has the template of its pods. */
export interface TemplatePlace<T> {
  readonly path: string;
  readonly of: (workload: T) => PodTemplateSpec | undefined;
  /** The name of the workload becomes part of the names of its pods. Default false. */
  readonly namesPods?: boolean;
}

/** The `warn` of a workload: advice on its pods, whenever what it wants is new. */
export function warnOfTemplate<T extends KubeObject>(place: TemplatePlace<T>): NonNullable<KindAdmission<T>['warn']> {
  const { path, of, namesPods = false } = place;
  return (workload, old, { subresource }) => {
    if (subresource !== '') return [];
    if (old !== undefined && old.metadata.generation === workload.metadata.generation) return [];
    const names = old === undefined && namesPods ? nameWarnings(workload.metadata.name) : [];
    return [...names, ...templateWarnings(of(workload), path)];
  };
}

function nameWarnings(name: string): readonly string[] {
  const problems = checkDnsLabel(name);
  if (problems.length === 0) return [];
  const use = 'this is used in Pod names and hostnames, which can result in surprising behavior';
  return [`metadata.name: ${use}; a DNS label is recommended: [${problems.join(' ')}]`];
}
