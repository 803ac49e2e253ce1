import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatQuantity } from '../../../kernel/meta/quantity.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';
import { serviceQuota } from './quota.ts';

test('serviceQuota.usage() counts Services, node ports and load balancers', () => {
  // Kubernetes: NodePort and LoadBalancer are charged a node port for every port.
  const table = [
    [{ type: 'ClusterIP', ports: [{ port: 80 }] }, ['1', '0', '0']],
    [{ type: 'NodePort', ports: [{ port: 80 }, { port: 81 }] }, ['1', '2', '0']],
    [{ type: 'LoadBalancer', ports: [{ port: 80 }] }, ['1', '1', '1']],
    [{ type: 'ExternalName', externalName: 'x.dev' }, ['1', '0', '0']],
  ] as const;
  for (const [spec, expected] of table) {
    const service: Service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', uid: 'u' },
      spec,
    } as object as Service;
    const usage = serviceQuota.usage(service);
    const names = ['services', 'services.nodeports', 'services.loadbalancers'];
    assert.deepEqual(
      names.map((name) => formatQuantity(usage.get(name) ?? { nanos: -1n, format: 'DecimalSI' })),
      expected,
    );
    for (const name of usage.keys()) assert.ok(serviceQuota.uses(name), name);
  }
});
