import { type ControllerDefinition, type View, watching } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import { type Condition, setCondition } from '../../meta/conditions.ts';
import { isApiError } from '../../meta/errors.ts';
import type { APIService, CustomResourceDefinition } from '../../schema/standard/types.ts';
import { customResourceDefinitionKind } from '../customresourcedefinition/type.ts';
import {
  availabilityOf,
  customApiServices,
  fieldManager,
  type LocalApiService,
  managedLabel,
  planUpkeep,
} from './plan.ts';
import { apiServiceKind } from './type.ts';

const { group, plural } = apiServiceKind;

/**
 * Says of every APIService whether it can be used, and takes those of custom resources away with the definitions
 * (Kubernetes `autoRegisterController`, label value `true`).
 */
export const apiServiceController: ControllerDefinition<APIService> = {
  name: 'apiservice',
  kind: apiServiceKind,
  rules: [{ verbs: ['update', 'delete'], groups: [group], resources: [plural] }],
  watches: [
    watching(customResourceDefinitionKind, ({ spec }) =>
      spec.versions.map(({ name }) => ({ name: `${name}.${spec.group}` })),
    ),
  ],
  async reconcile({ object, status, view, client, clock, signal }) {
    const { name, uid, labels } = object.metadata;
    if (labels?.[managedLabel] === 'true') {
      const wanted = customApiService(object, view);
      const plan = planUpkeep(object, wanted);
      if (plan === 'remove') {
        await client.delete(apiServiceKind, { name }, { preconditions: { uid } }, signal);
        return settled;
      }
      if (plan === 'change' && wanted !== undefined) {
        await client.update(apiServiceKind, { ...object, spec: wanted.spec }, { fieldManager }, signal);
        return settled;
      }
    }
    const before = object.status?.conditions as readonly Condition[] | undefined;
    status.conditions = [...setCondition(before, availabilityOf(object.spec), clock.nowMs())];
    return settled;
  },
};

/** What definitions want the APIService of that name to be; `undefined` when none serves its version. */
function customApiService({ metadata: { name } }: APIService, view: View): LocalApiService | undefined {
  return view
    .list(customResourceDefinitionKind)
    .filter(({ spec }) => name.endsWith(`.${spec.group}`))
    .flatMap(customApiServices)
    .find(({ metadata }) => metadata.name === name);
}

/**
 * Makes an APIService for every version that definitions serve (Kubernetes `crdRegistrationController`). Added after the
 * controller of definitions, which says how much of them is kept in memory.
 */
export const customApiRegistration: ControllerDefinition<CustomResourceDefinition> = {
  name: 'crd-autoregister',
  kind: customResourceDefinitionKind,
  rules: [{ verbs: ['create'], groups: [group], resources: [plural] }],
  // One that somebody deletes comes back.
  watches: [
    watching(apiServiceKind, ({ spec }, view) =>
      view
        .list(customResourceDefinitionKind)
        .filter((definition) => definition.spec.group === spec?.group)
        .map(({ metadata }) => ({ name: metadata.name })),
    ),
  ],
  async reconcile({ object, view, client, signal }) {
    const missing = customApiServices(object).filter(
      ({ metadata: { name } }) => view.get(apiServiceKind, { name }) === undefined,
    );
    for (const service of missing) {
      try {
        await client.create(apiServiceKind, service, { fieldManager }, signal);
      } catch (error) {
        // Another definition of the group was faster.
        if (!isApiError(error, 'AlreadyExists')) throw error;
      }
    }
    return settled;
  },
};
