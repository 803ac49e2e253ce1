import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { compileObjectSchema } from '../../../kernel/schema/compile.ts';
import { convertHorizontalPodAutoscaler } from './convert.ts';
import { horizontalPodAutoscalerKind } from './type.ts';

const target = { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' };
const cpu = (averageUtilization: number) => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
const v2 = (spec: object, more: object = {}) => ({
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web' },
  spec: { scaleTargetRef: target, minReplicas: 1, maxReplicas: 3, ...spec },
  ...more,
});
const prefix = 'autoscaling.alpha.kubernetes.io/';

// Kubernetes: pkg/apis/autoscaling/v1/conversion.go.
test('convertHorizontalPodAutoscaler() keeps in annotations what v1 has no fields for', () => {
  const requests = {
    type: 'Pods',
    pods: { metric: { name: 'requests' }, target: { type: 'AverageValue', averageValue: '5' } },
  };
  const conditions = [{ type: 'AbleToScale', status: 'True' }];
  const object = v2(
    { metrics: [cpu(70), requests], behavior: { scaleDown: { selectPolicy: 'Max' } } },
    {
      status: {
        desiredReplicas: 2,
        currentReplicas: 2,
        conditions,
        currentMetrics: [
          { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '1' } } },
        ],
      },
    },
  );
  const v1 = convertHorizontalPodAutoscaler(object, 'autoscaling/v1');
  assert.deepEqual(v1['spec'], {
    scaleTargetRef: target,
    minReplicas: 1,
    maxReplicas: 3,
    targetCPUUtilizationPercentage: 70,
  });
  assert.deepEqual(v1['status'], { desiredReplicas: 2, currentReplicas: 2, currentCPUUtilizationPercentage: 12 });
  assert.deepEqual(v1['metadata'], {
    name: 'web',
    annotations: {
      [`${prefix}metrics`]: '[{"type":"Pods","pods":{"metricName":"requests","targetAverageValue":"5"}}]',
      [`${prefix}behavior`]: '{"scaleDown":{"selectPolicy":"Max"}}',
      [`${prefix}current-metrics`]:
        '[{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":12,"currentAverageValue":"1"}}]',
      [`${prefix}conditions`]: JSON.stringify(conditions),
    },
  });
  assert.deepEqual(convertHorizontalPodAutoscaler(v1, 'autoscaling/v2'), object);
});

test('convertHorizontalPodAutoscaler() wants 80 % of the cpu where v1 says nothing, and ignores odd annotations', () => {
  const v1 = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'web', annotations: { [`${prefix}metrics`]: '{', [`${prefix}behavior`]: '[]', other: 'stays' } },
    spec: { scaleTargetRef: target, maxReplicas: 3 },
  };
  const converted = convertHorizontalPodAutoscaler(v1, 'autoscaling/v2');
  assert.deepEqual(converted['spec'], { scaleTargetRef: target, maxReplicas: 3, metrics: [cpu(80)] });
  assert.deepEqual(converted['metadata'], { name: 'web', annotations: { other: 'stays' } });
});

const quantity = fc.constantFrom('1', '500m', '2Gi');
const value = fc.oneof(
  quantity.map((amount) => ({ type: 'Value', value: amount })),
  quantity.map((amount) => ({ type: 'AverageValue', averageValue: amount })),
);
const metric = fc.record(
  { name: fc.constantFrom('requests', 'queue'), selector: fc.constant({ matchLabels: { app: 'web' } }) },
  { requiredKeys: ['name'] },
);
const other = fc.oneof(
  fc.record({ type: fc.constant('External'), external: fc.record({ metric, target: value }) }),
  fc.record({
    type: fc.constant('Object'),
    object: fc.record({ metric, target: value, describedObject: fc.constant(target) }),
  }),
  fc.record({
    type: fc.constant('ContainerResource'),
    containerResource: fc.record({
      name: fc.constantFrom('cpu', 'memory'),
      container: fc.constant('main'),
      target: fc.integer({ min: 1, max: 100 }).map((share) => ({ type: 'Utilization', averageUtilization: share })),
    }),
  }),
  fc.record({
    type: fc.constant('Resource'),
    resource: fc.record({
      name: fc.constant('memory'),
      target: quantity.map((amount) => ({ type: 'AverageValue', averageValue: amount })),
    }),
  }),
);
const metrics = fc
  .tuple(fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }), fc.array(other, { maxLength: 4 }))
  .filter(([share, others]) => share !== undefined || others.length > 0)
  .map(([share, others]) => [...(share === undefined ? [] : [cpu(share)]), ...others]);

test('convertHorizontalPodAutoscaler() there and back changes nothing, and both forms follow their schemas', () => {
  const [form2, form1] = horizontalPodAutoscalerKind.versions.map(compileObjectSchema);
  fc.assert(
    fc.property(
      metrics,
      fc.option(fc.constant({ scaleUp: { stabilizationWindowSeconds: 5 } }), { nil: undefined }),
      (all, behavior) => {
        const object = structuredClone(v2({ metrics: all, ...(behavior === undefined ? {} : { behavior }) }));
        assert.deepEqual(form2?.validate(object), []);
        const v1 = convertHorizontalPodAutoscaler(object, 'autoscaling/v1');
        assert.deepEqual(form1?.prune({ ...structuredClone(v1) }), []);
        assert.deepEqual(form1?.validate(v1), []);
        assert.deepEqual(convertHorizontalPodAutoscaler(v1, 'autoscaling/v2'), object);
      },
    ),
  );
});
