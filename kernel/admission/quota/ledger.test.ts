import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { configMapKind } from '../../kinds/configmap/type.ts';
import { resourceQuotaKind } from '../../kinds/resourcequota/type.ts';
import { secretKind } from '../../kinds/secret/type.ts';
import { ApiError } from '../../meta/errors.ts';
import { body, openWorld, type World, widget } from '../../registry/testing/world.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { QuotaLedger } from './ledger.ts';

const kinds = [resourceQuotaKind, configMapKind, secretKind];

/** A registry with a ledger. */
async function open() {
  const clock = new VirtualClock();
  const ledger = new QuotaLedger({ kinds: () => [...kinds, widget], clock });
  const world = await openWorld({ plugins: [ledger], kinds });
  const { commits } = world.registry.core;
  ledger.start(commits.view);
  commits.follow(ledger);
  const create = (kind: KindDefinition, name: string, rest: object = {}, metadata: object = {}) =>
    world.create({ metadata: { name, ...metadata }, ...rest }, {}, kind);
  const limit = (name: string, hard: object, rest: object = {}) =>
    create(resourceQuotaKind, name, { spec: { hard, ...rest } });
  return { world, ledger, clock, create, limit };
}

/** The error a call ends with. */
async function refusal(call: Promise<unknown>): Promise<ApiError> {
  try {
    await call;
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error;
  }
  throw new Error('The call was not refused');
}

function relimit(world: World, name: string, hard: object): Promise<unknown> {
  const target = world.at(name, '', resourceQuotaKind);
  const patch = { type: 'merge', body: body({ spec: { hard } }).value } as const;
  return world.registry.resources.patch(world.context(), target, patch, {});
}

test('QuotaLedger refuses in the words of Kubernetes and names who uses most', async () => {
  const { create, limit } = await open();
  await limit('q', { configmaps: '3', 'count/configmaps': '10' });
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'u1', controller: true };
  await create(configMapKind, 'a', {}, { ownerReferences: [owner] });
  await create(configMapKind, 'b', {}, { ownerReferences: [owner] });
  await create(configMapKind, 'c');
  const error = await refusal(create(configMapKind, 'd'));
  assert.equal(error.reason, 'Forbidden');
  assert.equal(
    error.message,
    'configmaps "d" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=3, limited: configmaps=3',
  );
  assert.deepEqual(error.details, {
    group: '',
    kind: 'configmaps',
    name: 'd',
    causes: [
      { reason: 'QuotaUsage', message: 'ReplicaSet "web" uses configmaps=2', field: 'spec.hard[configmaps]' },
      { reason: 'QuotaUsage', message: 'ConfigMap "c" uses configmaps=1', field: 'spec.hard[configmaps]' },
    ],
  });
});

test('QuotaLedger never names Secrets', async () => {
  const { create, limit } = await open();
  await create(secretKind, 'hidden');
  await limit('q', { secrets: '1' });
  const { message, details } = await refusal(create(secretKind, 'more'));
  assert.match(
    message,
    /^secrets "more" is forbidden: exceeded quota: q, requested: secrets=1, used: secrets=1, limited: secrets=1$/,
  );
  assert.equal(details.causes, undefined);
});

test('QuotaLedger counts custom kinds, and what was there before the quota', async () => {
  const { create, limit, ledger } = await open();
  await create(widget, 'a');
  await limit('q', { 'count/widgets.test.planform.dev': '1', 'count/unknown.test.planform.dev': '1' });
  assert.deepEqual(ledger.used('default', 'q'), { 'count/widgets.test.planform.dev': '1' });
  const { message } = await refusal(create(widget, 'b'));
  assert.match(message, /^widgets\.test\.planform\.dev "b" is forbidden: exceeded quota: q, requested: count\/widgets/);
});

test('QuotaLedger checks dry runs and does not charge them', async () => {
  const { world, create, limit, ledger } = await open();
  await limit('q', { configmaps: '1' });
  await world.create({ metadata: { name: 'try' } }, { dryRun: true }, configMapKind);
  assert.deepEqual(ledger.used('default', 'q'), { configmaps: '0' });
  await create(configMapKind, 'a');
  const dry = world.create({ metadata: { name: 'try' } }, { dryRun: true }, configMapKind);
  assert.match((await refusal(dry)).message, /exceeded quota/);
});

test('a limit counts from the write that sets it; lowering it takes nothing away', async () => {
  const { world, create, limit, ledger } = await open();
  await limit('q', { configmaps: '2' });
  await create(configMapKind, 'a');
  await create(configMapKind, 'b');
  await relimit(world, 'q', { configmaps: '1' });
  assert.deepEqual(ledger.used('default', 'q'), { configmaps: '2' });
  await world.delete('b', {}, configMapKind);
  assert.match((await refusal(create(configMapKind, 'c'))).message, /used: configmaps=1, limited: configmaps=1$/);
  await relimit(world, 'q', { configmaps: '2', secrets: '0' });
  await create(configMapKind, 'c');
  assert.deepEqual(ledger.used('default', 'q'), { configmaps: '2', secrets: '0' });
  await world.delete('q', {}, resourceQuotaKind);
  assert.equal(ledger.used('default', 'q'), undefined);
  await create(secretKind, 'free');
});

test('quotas with scopes do not count kinds that have none', async () => {
  const { create, limit, ledger } = await open();
  await limit('q', { pods: '0' }, { scopes: ['BestEffort'] });
  await create(configMapKind, 'a');
  assert.deepEqual(ledger.used('default', 'q'), {});
});
