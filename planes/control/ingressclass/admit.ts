import type { FieldError } from '../../../kernel/meta/errors.ts';
import { present, presentAnd, supported, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsLabel, checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { IngressClass, IngressClassParametersReference } from '../../../kernel/schema/standard/types.ts';
import { draftObject, setDefault } from '../pod-spec/draft.ts';

/** Longest name of a controller. */
const controllerLengthMax = 250;

/** Defaults and rules of IngressClasses (Kubernetes `ValidateIngressClass`, `ValidateIngressClassUpdate`). */
export const admitIngressClass: KindAdmission<IngressClass> = {
  mutate: (draft) => {
    const parameters = draftObject(draftObject(draft, 'spec'), 'parameters');
    if (parameters !== undefined) setDefault(parameters, 'scope', 'Cluster');
  },
  validate: ({ spec }, old): readonly FieldError[] => [
    ...validateController(spec?.controller),
    ...validateParameters(spec?.parameters),
    ...(old === undefined ? [] : unchanged('spec.controller', spec?.controller, old.spec?.controller)),
  ],
};

/** `acme.io/foo`. */
function validateController(controller: string | undefined): readonly FieldError[] {
  const path = 'spec.controller';
  if (controller === undefined || controller === '') return present(path, controller);
  if (controller.length > controllerLengthMax) {
    return [{ type: 'TooLong', path, detail: `may not be more than ${controllerLengthMax} bytes` }];
  }
  const slash = controller.indexOf('/');
  const isPath = slash > 0 && /^\/([A-Za-z0-9/\-._~%!$&'()*+,;=:]+)$/.test(controller.slice(slash));
  if (isPath && checkDnsSubdomain(controller.slice(0, slash)).length === 0) return [];
  return [
    { type: 'Invalid', path, value: controller, detail: 'must be a domain-prefixed path (such as "acme.io/foo")' },
  ];
}

function validateParameters(parameters: IngressClassParametersReference | undefined): readonly FieldError[] {
  if (parameters === undefined) return [];
  const path = 'spec.parameters';
  const { kind, name, scope, namespace } = parameters;
  const errors = [...present(`${path}.kind`, kind), ...present(`${path}.name`, name)];
  const at = `${path}.namespace`;
  if (scope !== 'Namespace' && scope !== 'Cluster') {
    return [...errors, ...supported(`${path}.scope`, scope, ['Cluster', 'Namespace'])];
  }
  if (scope === 'Namespace') {
    if (namespace === undefined) {
      errors.push({ type: 'Required', path: at, detail: "`parameters.scope` is set to 'Namespace'" });
    } else {
      errors.push(...presentAnd(at, namespace, checkDnsLabel));
    }
  } else if (namespace !== undefined) {
    errors.push({ type: 'Forbidden', path: at, detail: "`parameters.scope` is set to 'Cluster'" });
  }
  return errors;
}
