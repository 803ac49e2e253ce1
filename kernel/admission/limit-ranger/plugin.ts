import { isPlainObject } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin, PendingView } from '../../ports/admission.ts';
import type { LimitRange } from '../../schema/standard/types.ts';
import { forbidden } from '../../meta/forbidden.ts';
import { claimProblems, podProblems } from './check.ts';
import { setDefaults } from './defaults.ts';

/**
 * Gives containers the requests and limits that the LimitRanges of their namespace set, and refuses pods and claims that ask
 * for too little or too much (Kubernetes `LimitRanger`, texts included).
 * @param view objects as they are at this moment.
 */
export function limitRanger(view: Pick<PendingView, 'list'>): AdmissionPlugin {
  const rangesOf = (namespace: string) => view.list('limitranges', namespace) as Iterable<LimitRange>;
  return {
    name: 'LimitRanger',
    handles: isLimited,
    async mutate(draft, { definition, namespace }) {
      const { spec } = draft;
      if (definition.plural !== 'pods' || !isPlainObject(spec)) return;
      for (const range of rangesOf(namespace)) setDefaults(draft, spec, range);
    },
    async validate(object, attributes) {
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) return;
      for (const range of rangesOf(attributes.namespace)) {
        const problems = problemsOf(object, range, attributes);
        const [first] = problems;
        if (first !== undefined)
          throw forbidden(attributes, problems.length === 1 ? first : `[${problems.join(', ')}]`);
      }
    },
  };
}

/** Pods are looked at when they are made: what they ask for is fixed from then on. */
function isLimited({ operation, definition, subresource }: AdmissionAttributes): boolean {
  if (definition.group !== '' || operation === 'delete') return false;
  if (definition.plural === 'pods') {
    return operation === 'create' ? subresource === '' : subresource === 'resize';
  }
  return definition.plural === 'persistentvolumeclaims' && subresource === '';
}

function problemsOf(object: KubeObject, range: LimitRange, { definition }: AdmissionAttributes): readonly string[] {
  const items = range.spec?.limits ?? [];
  return definition.plural === 'pods' ? podProblems(object, items) : claimProblems(object, items);
}
