import { type ControllerDefinition, watching } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import type { ConfigMap, Namespace } from '../../schema/standard/types.ts';
import { namespaceKind } from '../namespace/type.ts';
import { configMapKind } from './type.ts';

/** The ConfigMap of every namespace by which its pods know this server (kube-controller-manager root-ca-cert-publisher). */
const rootAuthorityName = 'kube-root-ca.crt';

/** What the publisher is told. */
export interface RootAuthorityOptions {
  /** Certificates of the authorities that are trusted at the moment, PEM. */
  readonly certificatePem: () => string;
  /** Calls back when they have changed. Default: they never do. */
  readonly onChange?: (changed: () => void) => void;
  /** True for namespaces that nobody runs anything in: they get none. */
  readonly isOwn: (namespace: string) => boolean;
}

/** Keeps the certificate of the server's authority in every namespace, whatever people do to it. */
export function rootAuthorityPublisher({
  certificatePem,
  isOwn,
  onChange,
}: RootAuthorityOptions): ControllerDefinition<Namespace> {
  const namespaces = new Set<string>();
  return {
    name: 'root-ca-cert-publisher',
    kind: namespaceKind,
    rules: [{ verbs: ['create', 'patch'], groups: [''], resources: ['configmaps'] }],
    watches: [
      watching(configMapKind, ({ metadata: { namespace = '' } }) => [{ name: namespace }], {
        fieldSelector: `metadata.name=${rootAuthorityName}`,
      }),
    ],
    attach(trigger) {
      onChange?.(() => {
        for (const name of namespaces) trigger({ name });
      });
    },
    forget: ({ name }) => void namespaces.delete(name),
    async reconcile({ object, view, client, signal }) {
      const { name: namespace, deletionTimestamp } = object.metadata;
      if (deletionTimestamp !== undefined || isOwn(namespace)) return settled;
      namespaces.add(namespace);
      const pem = certificatePem();
      const data = { 'ca.crt': pem };
      const at = { namespace, name: rootAuthorityName };
      const existing = view.get(configMapKind, at);
      if (existing === undefined) await client.create(configMapKind, { metadata: at, data }, {}, signal);
      else if (!isRight(existing, pem)) {
        // A patch to null takes other keys away.
        const others = Object.fromEntries(Object.keys(existing.data ?? {}).map((key) => [key, null]));
        const body = { data: { ...others, ...data } };
        await client.patch(configMapKind, at, { type: 'merge', body }, {}, signal);
      }
      return settled;
    },
  };
}

function isRight({ data = {} }: ConfigMap, certificatePem: string): boolean {
  return Object.keys(data).length === 1 && data['ca.crt'] === certificatePem;
}
