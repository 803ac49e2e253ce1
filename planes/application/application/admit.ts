import type { FieldError } from '../../../kernel/meta/errors.ts';
import { addFinalizer } from '../../../kernel/meta/finalizers.ts';
import { checkDnsLabel } from '../../../kernel/meta/names.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { Application } from './type.ts';

/** Keeps an Application until every Work it made is gone. */
export const applicationFinalizer = 'application.planform.dev/works';

/** Admission of Application: names and references of components fit together. */
export const admitApplication: KindAdmission<Application> = {
  mutate(draft, _old, { operation, subresource }) {
    if (operation === 'create' && subresource === '') addFinalizer(draft, applicationFinalizer);
  },
  validate(application) {
    const names = new Set(application.spec.components.map((component) => component.name));
    return application.spec.components.flatMap((component, index) => {
      const path = `spec.components[${index}]`;
      const errors: FieldError[] = checkDnsLabel(component.name).map((detail) => ({
        type: 'Invalid',
        path: `${path}.name`,
        value: component.name,
        detail,
      }));
      for (const [at, dependency] of (component.dependsOn ?? []).entries()) {
        if (names.has(dependency)) continue;
        errors.push({
          type: 'NotFound',
          path: `${path}.dependsOn[${at}]`,
          value: dependency,
          detail: 'no component has this name',
        });
      }
      return errors;
    });
  },
};
