import assert from 'node:assert/strict';
import test from 'node:test';
import type { JsonObject, KubeObject } from '../../../kernel/meta/object.ts';
import { assessHealth } from './health.ts';

function thing(apiVersion: string, kind: string, body: JsonObject): KubeObject {
  const metadata = { name: 'web', uid: 'u', resourceVersion: '1', generation: 1, creationTimestamp: '' };
  return { apiVersion, kind, metadata, ...body };
}

const rolledOut = { observedGeneration: 1, replicas: 2, updatedReplicas: 2, readyReplicas: 2, availableReplicas: 2 };
const crashing = thing('v1', 'Pod', {
  status: {
    phase: 'Running',
    containerStatuses: [
      {
        name: 'app',
        state: {
          waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container=app pod=web' },
        },
        lastState: {
          terminated: { exitCode: 1, finishedAt: '2026-01-01T00:00:00Z', message: 'start\nEADDRINUSE :20011\n' },
        },
      },
    ],
  },
});

test('assessHealth() reads what controllers report', async (t) => {
  const deployment = (status: JsonObject) => thing('apps/v1', 'Deployment', { spec: { replicas: 2 }, status });
  const service = (selector: JsonObject) => thing('v1', 'Service', { spec: { selector } });
  const endpoints = (ready: number, notReady: number) =>
    thing('v1', 'Endpoints', {
      subsets: [
        {
          addresses: Array.from({ length: ready }, () => ({ ip: '1' })),
          notReadyAddresses: Array.from({ length: notReady }, () => ({ ip: '1' })),
        },
      ],
    });
  const cases = [
    { name: 'rolled out', object: deployment(rolledOut), want: 'Healthy 2/2' },
    {
      name: 'not observed yet',
      object: deployment({ ...rolledOut, observedGeneration: 0 }),
      want: 'Progressing 2/2 NotObserved',
    },
    {
      name: 'old replicas remain',
      object: deployment({ ...rolledOut, replicas: 3 }),
      want: 'Progressing 2/2 RollingOut',
    },
    {
      name: 'a crashing pod is the cause',
      object: deployment({ ...rolledOut, availableReplicas: 1 }),
      pods: [crashing],
      want: 'Degraded 2/2 CrashLoopBackOff: Pod web: container app: CrashLoopBackOff, exit 1 2026-01-01T00:00:10Z EADDRINUSE :20011',
    },
    {
      name: 'service with ready endpoints',
      object: service({ app: 'web' }),
      endpoints: endpoints(1, 1),
      want: 'Healthy 1/2',
    },
    {
      name: 'service with unready endpoints',
      object: service({ app: 'web' }),
      endpoints: endpoints(0, 1),
      want: 'Progressing 0/1 NoReadyEndpoints',
    },
    { name: 'config', object: thing('v1', 'ConfigMap', {}), want: 'Healthy' },
    {
      name: 'unknown kind by its Ready condition',
      object: thing('x/v1', 'X', {
        status: { conditions: [{ type: 'Ready', status: 'False', reason: 'Booting', message: 'soon' }] },
      }),
      want: 'Progressing Booting: soon',
    },
  ];
  for (const { name, object, pods = [], endpoints: found, want } of cases) {
    await t.test(name, () => {
      const {
        state,
        ready,
        reason,
        message,
        retryAt = '',
        lastLog = '',
      } = assessHealth(object, {
        pods,
        ...(found === undefined ? {} : { endpoints: found }),
      });
      const shown = [state, ready, reason].filter((part) => part !== undefined).join(' ');
      const text = `${shown}: ${message ?? ''} ${retryAt} ${lastLog}`;
      assert.ok(text.startsWith(want), text);
    });
  }
});
