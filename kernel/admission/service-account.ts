import { type Random, randomSuffix } from '../base/random.ts';
import { isPlainObject } from '../meta/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, PendingView } from '../ports/admission.ts';
import type { ServiceAccount } from '../schema/standard/types.ts';
import { forbidden } from '../meta/forbidden.ts';

/** The account of pods that name none. */
const defaultAccount = 'default';
/** Where clients in a container look for their token, the authority and their namespace. */
const tokenFolder = '/var/run/secrets/kubernetes.io/serviceaccount';
/** Volumes with these are named so, and five more characters. */
const volumePrefix = 'kube-api-access-';
/** A little more than an hour, by which a kubelet knows tokens that it asked for on nobody's behalf. */
const tokenSeconds = 3_607;

type Fields = Record<string, unknown>;

/** What the plugin decides by. */
export interface ServiceAccountOptions {
  readonly view: PendingView;
  readonly random: Random;
  /** False where whatever runs pods has no volumes with tokens: then there are none. */
  readonly mountsTokens: boolean;
}

/**
 * The Kubernetes plugin `ServiceAccount`: gives new pods the account `default` when they name none, refuses accounts that are
 * not there, and adds the account's pull secrets and a volume with its token. Accounts that are limited to the secrets
 * they name (a deprecated annotation) are not.
 */
export function serviceAccounts({ view, random, mountsTokens }: ServiceAccountOptions): AdmissionPlugin {
  return {
    name: 'ServiceAccount',
    handles: ({ operation, definition, subresource }) =>
      operation === 'create' && subresource === '' && definition.group === '' && definition.plural === 'pods',
    async mutate(draft, attributes) {
      if (!isPlainObject(draft['spec']) || isMirror(draft)) return;
      const spec: Fields = draft['spec'];
      if ((spec['serviceAccountName'] ?? '') === '') spec['serviceAccountName'] = defaultAccount;
      // The older name of the field; both are kept alike.
      spec['serviceAccount'] = spec['serviceAccountName'];
      const account = accountOf(view, attributes, String(spec['serviceAccountName']));
      const wantsToken = spec['automountServiceAccountToken'] ?? account?.automountServiceAccountToken ?? true;
      if (mountsTokens && wantsToken) mountToken(spec, random);
      if (itemsOf(spec['imagePullSecrets']).length > 0 || account?.imagePullSecrets === undefined) return;
      spec['imagePullSecrets'] = account.imagePullSecrets.map(({ name }) => ({ name }));
    },
  };
}

/** Pods of files on a node are known to the server only so that they are seen. */
function isMirror({ metadata }: Fields): boolean {
  const annotations = isPlainObject(metadata) ? metadata['annotations'] : undefined;
  return isPlainObject(annotations) && annotations['kubernetes.io/config.mirror'] !== undefined;
}

/** Every namespace gets an account `default` soon after it is made: it need not be there yet. @throws {ApiError} `Forbidden`. */
function accountOf(view: PendingView, attributes: AdmissionAttributes, name: string): ServiceAccount | undefined {
  const { namespace } = attributes;
  const account = view.get('serviceaccounts', namespace, name);
  if (account === undefined && name !== defaultAccount) {
    const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
    throw forbidden(attributes, why);
  }
  return account;
}

/** Mounts the volume into every container that has nothing at its place. */
function mountToken(spec: Fields, random: Random): void {
  const volumes = itemsOf(spec['volumes']);
  const present = volumes.map(({ name }) => name).find((name) => String(name).startsWith(volumePrefix));
  const name = present ?? `${volumePrefix}${randomSuffix(random, 5)}`;
  let isMounted = false;
  for (const container of [...itemsOf(spec['initContainers']), ...itemsOf(spec['containers'])]) {
    const mounts = itemsOf(container['volumeMounts'] ?? []);
    if (mounts.some(({ mountPath }) => mountPath === tokenFolder)) continue;
    container['volumeMounts'] = [...mounts, { name, mountPath: tokenFolder, readOnly: true }];
    isMounted = true;
  }
  if (isMounted && present === undefined) spec['volumes'] = [...volumes, { name, projected: tokenProjection() }];
}

function tokenProjection(): Fields {
  return {
    defaultMode: 0o644,
    sources: [
      { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      {
        downwardAPI: {
          items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
        },
      },
    ],
  };
}

/** The items of a list of objects; of one that has anything else too, which is refused later, none. */
function itemsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) && value.every(isPlainObject) ? value : [];
}
