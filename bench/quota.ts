/** What a ResourceQuota costs those who create, next to a namespace without one in the same minute. */
import { openKernel } from './target.ts';
import { measureTurns } from './turns.ts';

/** Creates under a quota of two resources that nobody reaches, and without. */
export async function measureQuota(): Promise<void> {
  await using target = await openKernel();
  const hard = { configmaps: '1000000', 'count/configmaps': '1000000', pods: '10' };
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'q' }, spec: { hard } };
  await measureTurns(target, {
    measured: { namespace: 'limited', label: 'under a quota' },
    compared: { namespace: 'free', label: 'without' },
    rounds: 30,
    requestCount: 1_000,
    objects: [['/api/v1/namespaces/limited/resourcequotas', quota]],
  });
}
