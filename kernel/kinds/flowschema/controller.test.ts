import assert from 'node:assert/strict';
import { test } from 'node:test';
import { standardObjects } from '../../../programs/apiserver/standard-objects.ts';
import { ControlledKernel } from '../../controller/testing/controlled-kernel.ts';
import { upkeepAnnotation } from '../flow-defaults/plan.ts';
import { priorityLevelConfigurationKind } from '../prioritylevelconfiguration/type.ts';
import { flowSchemaKind } from './type.ts';

const group = 'flowcontrol.apiserver.k8s.io';
const kinds = [flowSchemaKind, priorityLevelConfigurationKind];

function start() {
  const objects = standardObjects('10.96.0.0/16').filter(({ kind }) => kind.group === group);
  return ControlledKernel.start({ objects }, kinds);
}

const limited = { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } };

test('flowSchemaController says whether the level of a schema exists', async () => {
  await using world = await start();
  const { client, signal } = world;
  const spec = { priorityLevelConfiguration: { name: 'mine' } };
  await client.create(flowSchemaKind, { metadata: { name: 'mine' }, spec }, {}, signal);
  const dangling = async (name: string) => {
    const { status } = await client.get(flowSchemaKind, { name }, signal);
    return status?.conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]);
  };
  await world.settle();
  const text = 'This FlowSchema references the PriorityLevelConfiguration object named "mine"';
  assert.deepEqual(await dangling('mine'), [['Dangling', 'True', 'NotFound', `${text} but there is no such object`]]);
  assert.equal((await dangling('global-default'))?.[0]?.[1], 'False');
  await client.create(priorityLevelConfigurationKind, { metadata: { name: 'mine' }, spec: limited }, {}, signal);
  await world.settle();
  assert.deepEqual(await dangling('mine'), [['Dangling', 'False', 'Found', `${text} and it exists`]]);
  await client.delete(priorityLevelConfigurationKind, { name: 'mine' }, {}, signal);
  await world.settle();
  assert.equal((await dangling('mine'))?.[0]?.[1], 'True');
});

// Kubernetes flowcontrol/ensurer
test('objects every server has are kept, those that people took over are not', async () => {
  await using world = await start();
  const { client, signal } = world;
  const shares = async (name: string) =>
    (await client.get(priorityLevelConfigurationKind, { name }, signal)).spec?.limited?.nominalConcurrencyShares;
  const change = (name: string, metadata: object) => {
    const body = { metadata, spec: { limited: { nominalConcurrencyShares: 7 } } };
    return client.patch(priorityLevelConfigurationKind, { name }, { type: 'merge', body }, {}, signal);
  };
  await change('system', {});
  await change('workload-low', { annotations: { [upkeepAnnotation]: 'false' } });
  for (const name of ['probes', 'catch-all', 'exempt']) await client.delete(flowSchemaKind, { name }, {}, signal);
  await world.settle();
  assert.equal(await shares('system'), 30);
  assert.equal(await shares('workload-low'), 7);
  for (const name of ['probes', 'catch-all', 'exempt']) {
    const { metadata } = await client.get(flowSchemaKind, { name }, signal);
    assert.equal(metadata.annotations?.[upkeepAnnotation], 'true');
  }
});
