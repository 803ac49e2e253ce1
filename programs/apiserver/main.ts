import { join } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { Logger } from '../../kernel/base/logger.ts';
import type { UserInfo } from '../../kernel/ports/auth.ts';
import { informerUser } from '../../kernel/controller/controller-host.ts';
import { simulationControllers } from '../../planes/control/index.ts';
import { bindings, podBindings } from '../../planes/control/pod/binding.ts';
import { podEvictions } from '../../planes/control/pod/eviction.ts';
import { runtimeClasses } from '../../planes/control/runtimeclass/runtime-classes.ts';
import { runtimeClassKind } from '../../planes/control/runtimeclass/type.ts';
import { podPriorities } from '../../planes/control/priorityclass/priorities.ts';
import { priorityClassKind } from '../../planes/control/priorityclass/type.ts';
import { serviceAddresses } from '../../planes/control/service/address.ts';
import { serviceNodePorts } from '../../planes/control/service/node-ports.ts';
import { serviceKind } from '../../planes/control/service/type.ts';
import { print } from '../cli/output.ts';
import { openLogger } from '../logging.ts';
import { type KernelConfig, readKernelConfig } from './config.ts';
import { bareKernelKinds } from './kinds.ts';
import { keepKubernetesService } from './kubernetes-service.ts';
import { planformVersion } from '../version.ts';
import { serveKernel } from './serve.ts';
import { standardObjects } from './standard-objects.ts';

/**
 * Runs a bare API server until `stop` aborts: the standard kinds and those people define, no drivers, and no controllers
 * but the kernel's own and, on request, those that play nodes.
 */
export async function runKernel(options: Readonly<Record<string, unknown>>, stop: AbortSignal): Promise<void> {
  const { logLevel, ...config } = readKernelConfig(options);
  const log = openLogger(logLevel, { component: 'kernel' });
  const onReady = (url: string) => print(startedText(url, config.dataFolder));
  await serveBareKernel({ ...config, log, ...(process.stdout.isTTY ? { onReady } : {}) }, stop);
}

/** What a person at a terminal wants to know once the kernel answers; programs read the kubeconfig and the log. */
function startedText(url: string, dataFolder: string): string {
  return [
    `Planform ${planformVersion}: a kernel at ${url}, its data in ${dataFolder}`,
    'Try next:',
    `  kubectl --kubeconfig ${join(dataFolder, 'kubeconfig')} api-resources`,
    'Ctrl-C stops it. The data stays.',
  ].join('\n');
}

/** Addresses and ports of Services, which nobody answers on: the usual ones of a cluster. */
const serviceCidr = '10.96.0.0/16';
const serviceRange = { network: serviceCidr, first: '10.96.0.1', count: 65_534 };
const nodePortRange = { first: 30_000, last: 32_767 };

/** The user that writes what a server says of itself. */
const serverUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters'] };

/** How a bare API server is run. */
export interface BareKernelOptions extends Omit<KernelConfig, 'logLevel'> {
  readonly log: Logger;
  /** Called once it answers; the process that started this one is told otherwise. */
  readonly onReady?: (url: string) => void;
}

/** Serves what `runKernel` runs. @throws {CommandError} when it cannot start. */
export async function serveBareKernel(
  { simulatedNodes, ...config }: BareKernelOptions,
  stop: AbortSignal,
): Promise<void> {
  await serveKernel(
    {
      ...config,
      names: [],
      name: 'kernel',
      component: 'planform-kernel',
      kinds: bareKernelKinds,
      clock: systemClock,
      random: systemRandom,
      open: () => Promise.resolve(undefined),
      plug: (_environment, { clientFor, clock, log }) => {
        const reader = clientFor(informerUser);
        const server = clientFor(serverUser);
        const listClasses = async (signal: AbortSignal) => (await reader.list(priorityClassKind, {}, signal)).items;
        const findClass = async (name: string, signal: AbortSignal) =>
          (await reader.list(runtimeClassKind, { fieldSelector: `metadata.name=${name}` }, signal)).items[0];
        const listServices = async (signal: AbortSignal) => (await reader.list(serviceKind, {}, signal)).items;
        const simulation = { nodeCount: simulatedNodes, version: `v${planformVersion}`, clock, log };
        return {
          admission: [
            podPriorities({ listClasses }),
            runtimeClasses({ findClass }),
            serviceAddresses({ range: serviceRange, listServices }),
            serviceNodePorts({ range: nodePortRange, listServices }),
          ],
          mountsTokens: true,
          objects: standardObjects(serviceCidr),
          computed: [bindings(server)],
          computedSubresources: [podBindings(server), podEvictions(server)],
          controllers: simulatedNodes === 0 ? [] : simulationControllers(simulation),
        };
      },
      announce: ({ clientFor }, url, signal) =>
        keepKubernetesService(clientFor(serverUser), { clusterIp: serviceRange.first, url }, signal),
    },
    stop,
  );
}
