import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { standardSchema } from '../../../kernel/schema/standard/standard.ts';
import type { IPAddress } from '../../../kernel/schema/standard/types.ts';
import { formatAddress, parseAddress } from '../addresses/network.ts';
import { admitIpAddress } from './admit.ts';

/** networking.k8s.io/v1 IPAddress: an address that is taken, and by what. */
export const ipAddressKind: KindDefinition<IPAddress> = {
  group: 'networking.k8s.io',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  singular: 'ipaddress',
  shortNames: ['ip'],
  scope: 'Cluster',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: standardSchema('networking/v1.IPAddress'),
      columns: [{ name: 'ParentRef', type: 'string', description: 'What has the address.', value: formatParent }],
      addsAge: false,
    },
  ],
  storageVersion: 'v1',
  statusSubresource: false,
  history: 'none',
  admission: admitIpAddress,
  countsGeneration: false,
  checkName: checkAddress,
  strategicMerge: true,
};

/** The name is the address, in the one way it is written. */
function checkAddress(name: string): readonly string[] {
  // Kubernetes: some programs read such numbers as octal ones.
  if (/^\d+(\.\d+){3}$/.test(name) && /(^|\.)0\d/.test(name)) return ['must not have leading 0s'];
  const address = parseAddress(name);
  if (address === undefined) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  const canonical = formatAddress(address);
  return name === canonical ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** `services/default/kubernetes`; the group stands in front where there is one. */
function formatParent({ spec }: IPAddress): string {
  const { group = '', resource = '', namespace = '', name = '' } = spec?.parentRef ?? {};
  return [group, resource, namespace, name].filter((part) => part !== '').join('/');
}
