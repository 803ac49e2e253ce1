import { type ControllerDefinition, watching } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import { isApiError } from '../../meta/errors.ts';
import type { Namespace } from '../../schema/standard/types.ts';
import { namespaceKind } from '../namespace/type.ts';
import { serviceAccountKind } from './type.ts';

/** The account that pods of a namespace have when they name none. */
const defaultAccount = 'default';

/**
 * Gives every namespace its ServiceAccount `default`, again when somebody deletes it.
 * @param isOwn true for namespaces that nobody runs anything in: they get none.
 */
export function defaultServiceAccounts(isOwn: (namespace: string) => boolean): ControllerDefinition<Namespace> {
  return {
    name: 'serviceaccount',
    kind: namespaceKind,
    rules: [{ verbs: ['create'], groups: [''], resources: ['serviceaccounts'] }],
    watches: [
      watching(serviceAccountKind, ({ metadata: { namespace = '' } }) => [{ name: namespace }], {
        fieldSelector: `metadata.name=${defaultAccount}`,
      }),
    ],
    async reconcile({ object, view, client, signal }) {
      const { name: namespace, deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined || isOwn(namespace)) return settled;
      if (view.get(serviceAccountKind, { namespace, name: defaultAccount }) !== undefined) return settled;
      try {
        await client.create(serviceAccountKind, { metadata: { name: defaultAccount, namespace } }, {}, signal);
      } catch (error) {
        if (!isApiError(error, 'AlreadyExists')) throw error;
      }
      return settled;
    },
  };
}
