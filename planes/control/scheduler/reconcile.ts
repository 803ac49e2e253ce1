import { formatTime } from '../../../kernel/base/clock.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import type { Pod, PodCondition } from '../../../kernel/schema/standard/types.ts';
import { nodeKind } from '../node/type.ts';
import { qosClassOf } from '../pod-spec/qos.ts';
import { podKind } from '../pod/type.ts';
import { findPodCondition } from '../workload/pod-state.ts';
import { replaceStatus } from '../workload/status-draft.ts';
import { nameOf } from '../workload/watch.ts';
import { planScheduling } from './plan.ts';

/** A pod that fits nowhere is tried again at least this often; changed nodes and pods bring it on earlier. */
const retryMs = 60_000;

/** Binds one pod that has no node yet, or says in condition PodScheduled why it cannot. */
export async function schedulePod(pass: Pass<Pod>): Promise<Outcome> {
  const { object: pod, view, client, signal } = pass;
  if (pod.metadata.deletionTimestamp !== undefined || (pod.spec?.nodeName ?? '') !== '') return settled;
  const plan = planScheduling({ pod, nodes: view.list(nodeKind), pods: view.list(podKind) });
  switch (plan.kind) {
    case 'notOurs':
      return settled;
    case 'bind': {
      const body = { metadata: { uid: pod.metadata.uid }, spec: { nodeName: plan.nodeName } };
      await client.patch(podKind, nameOf(pod), { type: 'merge', body }, { subresource: 'binding' }, signal);
      const { namespace = '', name } = pod.metadata;
      const message = `Successfully assigned ${namespace}/${name} to ${plan.nodeName}`;
      pass.event({ type: 'Normal', reason: 'Scheduled', message });
      return settled;
    }
    case 'gated':
      report(pass, 'SchedulingGated', plan.message);
      return { kind: 'stalled', reason: 'SchedulingGated', message: plan.message };
    case 'unschedulable':
      report(pass, 'Unschedulable', plan.message);
      pass.event({ type: 'Warning', reason: 'FailedScheduling', message: plan.message });
      return { kind: 'waiting', afterMs: retryMs, reason: 'Unschedulable', message: plan.message };
  }
}

function report({ object: pod, status, clock }: Pass<Pod>, reason: string, message: string): void {
  const before = findPodCondition(pod, 'PodScheduled');
  const lastTransitionTime =
    before?.status === 'False' && before.lastTransitionTime !== undefined
      ? before.lastTransitionTime
      : formatTime(clock.nowMs());
  const condition: PodCondition = { type: 'PodScheduled', status: 'False', lastTransitionTime, reason, message };
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  replaceStatus(status, {
    ...pod.status,
    phase: 'Pending',
    conditions: [...others, condition],
    ...(pod.spec === undefined ? {} : { qosClass: qosClassOf(pod.spec) }),
  });
}
