import { type KubeObject, parseApiVersion } from '../../../kernel/meta/object.ts';
import type { View } from '../../../kernel/controller/controller.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { type Feedback, feedbackMax } from '../work/type.ts';
import type { Delivered } from './apply.ts';
import type { DesiredObject, UnknownObject } from './desired.ts';
import { type Related, assessHealth, worstState } from './health.ts';
import type { AppliedWork } from './type.ts';

type ComponentState = NonNullable<NonNullable<AppliedWork['status']>['components']>[number]['state'];

/** State of every object, and what follows for its component. */
export interface Assessment {
  /** The worst first, all of them. */
  readonly feedback: readonly Feedback[];
  readonly states: ReadonlyMap<string, ComponentState>;
}

/** What a pass has found out about the objects of a bundle. */
export interface Findings {
  readonly delivered: readonly Delivered[];
  readonly unknown: readonly UnknownObject[];
  /** Objects of components that wait for others. */
  readonly waiting: readonly DesiredObject[];
}

/** Judges every object with the pods behind it. */
export function assess(findings: Findings, view: View, watchedKinds: readonly KindDefinition[]): Assessment {
  const feedback = [
    ...findings.delivered.map((delivered) => feedbackOf(delivered, view, watchedKinds)),
    ...findings.unknown.map(unknownFeedback),
    ...findings.waiting.map(
      (desired): Feedback => ({ ...identityOf(desired), state: 'Waiting', reason: 'WaitsForComponents' }),
    ),
  ];
  return { feedback: feedback.sort(byState), states: statesOf(feedback) };
}

/** The entries that fit a status. */
export function boundFeedback(feedback: readonly Feedback[]): readonly Feedback[] {
  return feedback.slice(0, feedbackMax);
}

function feedbackOf(delivered: Delivered, view: View, watchedKinds: readonly KindDefinition[]): Feedback {
  const identity = identityOf(delivered.look.desired);
  switch (delivered.kind) {
    case 'leftDeleted':
      return {
        ...identity,
        state: 'LocallyDeleted',
        reason: 'LocallyDeleted',
        message: 'It was deleted at the site while the site was cut off',
      };
    case 'failed':
      return { ...identity, state: 'Failed', reason: delivered.reason, message: shorten(delivered.message) };
    case 'applied': {
      const { message, ...health } = assessHealth(delivered.object, relatedOf(delivered.object, view, watchedKinds));
      return { ...identity, ...health, ...(message === undefined ? {} : { message: shorten(message) }) };
    }
  }
}

function unknownFeedback({ component, manifest }: UnknownObject): Feedback {
  const { namespace, name } = manifest.metadata;
  return {
    component,
    kind: manifest.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
    state: 'Failed',
    reason: 'UnknownKind',
    message: `This site does not know kind "${manifest.kind}" in version "${manifest.apiVersion}"`,
  };
}

function identityOf(desired: DesiredObject): Pick<Feedback, 'component' | 'kind' | 'name' | 'namespace'> {
  return { component: desired.component, kind: desired.kind.kind, ...desired.at };
}

/** Pods below an object, and the endpoints of a Service, as far as they are watched. */
function relatedOf(object: KubeObject, view: View, watchedKinds: readonly KindDefinition[]): Related {
  const find = (group: string, kind: string) =>
    watchedKinds.find((candidate) => candidate.group === group && candidate.kind === kind);
  const podKind = find('', 'Pod');
  const { group } = parseApiVersion(object.apiVersion);
  if (object.kind === 'Service' && group === '') {
    const endpointsKind = find('', 'Endpoints');
    const endpoints = endpointsKind === undefined ? undefined : view.get(endpointsKind, locate(object));
    return { pods: [], ...(endpoints === undefined ? {} : { endpoints }) };
  }
  if (podKind === undefined || group !== 'apps') return { pods: [] };
  const replicaSetKind = find('apps', 'ReplicaSet');
  const sets = replicaSetKind === undefined ? [] : view.listOwned(replicaSetKind, object.metadata.uid);
  return { pods: [object, ...sets].flatMap((owner) => view.listOwned(podKind, owner.metadata.uid)) };
}

function locate(object: KubeObject): { readonly namespace?: string; readonly name: string } {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? { name } : { namespace, name };
}

const order: readonly Feedback['state'][] = [
  'Failed',
  'Degraded',
  'LocallyDeleted',
  'Progressing',
  'Waiting',
  'Healthy',
];

function byState(a: Feedback, b: Feedback): number {
  return order.indexOf(a.state) - order.indexOf(b.state);
}

function statesOf(feedback: readonly Feedback[]): ReadonlyMap<string, ComponentState> {
  const byComponent = Map.groupBy(feedback, (entry) => entry.component);
  return new Map(
    [...byComponent].map(([component, entries]) => [component, componentState(entries.map((entry) => entry.state))]),
  );
}

/** What was deleted locally on purpose holds nothing up. */
function componentState(states: readonly Feedback['state'][]): ComponentState {
  if (states.includes('Failed')) return 'Failed';
  if (states.includes('Waiting')) return 'Waiting';
  return worstState(states.filter((state) => state === 'Degraded' || state === 'Progressing' || state === 'Healthy'));
}

/** Bound of `feedback[].message`. */
function shorten(message: string): string {
  return message.length <= 1_024 ? message : `${message.slice(0, 1_023)}…`;
}
