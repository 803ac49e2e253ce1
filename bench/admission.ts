import { setTimeout as wait } from 'node:timers/promises';
import { silentLogger } from '../kernel/base/logger.ts';
import { systemClock } from '../kernel/base/system-clock.ts';
import { systemRandom } from '../kernel/base/system-random.ts';
import { configMapKind } from '../kernel/kinds/configmap/type.ts';
import { mutatingAdmissionPolicyKind } from '../kernel/kinds/mutatingadmissionpolicy/type.ts';
import { mutatingAdmissionPolicyBindingKind } from '../kernel/kinds/mutatingadmissionpolicybinding/type.ts';
import { validatingAdmissionPolicyKind } from '../kernel/kinds/validatingadmissionpolicy/type.ts';
import { validatingAdmissionPolicyBindingKind } from '../kernel/kinds/validatingadmissionpolicybinding/type.ts';
import type { Client } from '../kernel/ports/client.ts';
import { openMemoryStore } from '../kernel/store/memory/memory-store.ts';
import { assembleKernel } from '../programs/apiserver/assemble.ts';
import { head, row } from './report.ts';
import { percentile } from './statistics.ts';

/** What policies add to creates of ConfigMaps at a fixed rate, in one process on a store in memory. */

const writesPerSecond = 1_000;
const writeCount = 4_000;
const { signal } = new AbortController();

const expressions = [
  "object.metadata.name.startsWith('c') && size(object.data) <= 10",
  "variables.keys.all(key, key.matches('^[a-z0-9-]+$'))",
  '!has(object.metadata.labels) || object.metadata.labels.all(key, size(object.metadata.labels[key]) < 63)',
  "request.userInfo.username != 'mallory' && namespaceObject.metadata.name != 'kube-system'",
];

async function makePolicies(client: Client, count: number): Promise<void> {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE' as const], resources: ['configmaps'] };
  for (let index = 0; index < count; index++) {
    const name = `policy-${index}`;
    const spec = {
      matchConstraints: { resourceRules: [rule] },
      matchConditions: [{ name: 'people', expression: "!request.userInfo.username.startsWith('system:node:')" }],
      variables: [{ name: 'keys', expression: 'object.data.map(key, key)' }],
      validations: expressions.map((expression) => ({ expression })),
    };
    await client.create(validatingAdmissionPolicyKind, { metadata: { name }, spec }, {}, signal);
    const bound = { policyName: name, validationActions: ['Deny' as const] };
    await client.create(validatingAdmissionPolicyBindingKind, { metadata: { name }, spec: bound }, {}, signal);
  }
}

async function makeMutatingPolicies(client: Client, count: number): Promise<void> {
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE' as const], resources: ['configmaps'] };
  for (let index = 0; index < count; index++) {
    const name = `policy-${index}`;
    const expression = `Object{metadata: Object.metadata{labels: {"label-${index}": object.data.color + string(${index})}}}`;
    const spec = {
      matchConstraints: { resourceRules: [rule] },
      reinvocationPolicy: 'Never' as const,
      mutations: [{ patchType: 'ApplyConfiguration' as const, applyConfiguration: { expression } }],
    };
    await client.create(mutatingAdmissionPolicyKind, { metadata: { name }, spec }, {}, signal);
    await client.create(
      mutatingAdmissionPolicyBindingKind,
      { metadata: { name }, spec: { policyName: name } },
      {},
      signal,
    );
  }
}

async function openClient(make: (client: Client) => Promise<void>): Promise<Client> {
  const kernel = await assembleKernel(
    {
      store: openMemoryStore(),
      kinds: [
        validatingAdmissionPolicyKind,
        validatingAdmissionPolicyBindingKind,
        mutatingAdmissionPolicyKind,
        mutatingAdmissionPolicyBindingKind,
      ],
      component: 'bench',
      version: '0.0.0',
      runtime: { name: 'node', platform: 'bench' },
      clock: systemClock,
      random: systemRandom,
      log: silentLogger,
      onFatal: (error) => {
        throw error;
      },
      plug: () => ({}),
    },
    signal,
  );
  const client = kernel.clientFor({ name: 'bench', groups: ['system:masters'] });
  await make(client);
  return client;
}

/** Creates at the fixed rate. @returns latencies in ms and processor time of one create, µs. */
async function writeSteadily(client: Client, prefix: string) {
  const latencies: number[] = [];
  const data = { color: 'red', size: '12', 'log-level': 'debug' };
  const create = async (index: number) => {
    const begun = performance.now();
    const metadata = { namespace: 'default', name: `${prefix}-${index}`, labels: { app: 'bench' } };
    await client.create(configMapKind, { metadata, data }, {}, signal);
    latencies.push(performance.now() - begun);
  };
  const pending: Promise<void>[] = [];
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  while (pending.length < writeCount) {
    const due = Math.min(writeCount, ((performance.now() - begun) / 1_000) * writesPerSecond);
    while (pending.length < due) pending.push(create(pending.length));
    await wait(1);
  }
  await Promise.all(pending);
  const { user, system } = process.cpuUsage(cpu);
  return { latencies, microseconds: (user + system) / writeCount };
}

/** Prints the table. */
export async function measureAdmission(): Promise<void> {
  head(`policies, ${writesPerSecond} creates/s`, 'p50 ms', 'p99 ms', 'processor µs per create');
  const cases: readonly (readonly [string, (client: Client) => Promise<void>])[] = [
    ['none', () => Promise.resolve()],
    ['16 validating', (client) => makePolicies(client, 16)],
    ['16 mutating', (client) => makeMutatingPolicies(client, 16)],
  ];
  for (const [name, make] of cases) {
    const client = await openClient(make);
    await writeSteadily(client, 'cold');
    const { latencies, microseconds } = await writeSteadily(client, 'c');
    row(name, percentile(latencies, 50), percentile(latencies, 99), microseconds);
  }
}
