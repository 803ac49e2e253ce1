import { errorText } from '../../meta/errors.ts';
import type { KubeObject } from '../../meta/object.ts';
import type { Client, KindLookup } from '../../ports/client.ts';
import type { Service } from '../../schema/standard/types.ts';
import type { ServiceResolver } from './webhook-caller.ts';

/**
 * Finds Services among the objects of this server: by their cluster IP, or the name of an external one.
 * @param kinds says whether Services are served at all.
 */
export function serviceResolver(client: Client, kinds: KindLookup): ServiceResolver {
  return async ({ namespace, name, port }, signal) => {
    const kind = kinds.findKind('v1', 'Service');
    const subject = `service "${namespace}/${name}"`;
    if (kind === undefined) {
      throw new Error(`${subject} cannot be found: this server has no Services, use clientConfig.url instead`);
    }
    const { spec = {} } = await readService(() => client.get(kind, { namespace, name }, signal));
    if (spec.type === 'ExternalName' && spec.externalName !== undefined) return { host: spec.externalName, port };
    if (!(spec.ports ?? []).some((one) => one.port === port)) {
      throw new Error(`no service port ${port} found for service "${name}"`);
    }
    const { clusterIP = '' } = spec;
    if (clusterIP === '' || clusterIP === 'None') throw new Error(`${subject} has no cluster IP`);
    return { host: clusterIP, port };
  };
}

async function readService(read: () => Promise<KubeObject>): Promise<Service> {
  try {
    return await read();
  } catch (cause) {
    throw new Error(errorText(cause), { cause });
  }
}
