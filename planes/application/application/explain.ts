import { formatCount } from '../../../kernel/base/count.ts';
import { type Condition, findCondition, isConditionTrue } from '../../../kernel/meta/conditions.ts';
import { formatAge } from '../../../kernel/base/age.ts';
import { parseTime } from '../../../kernel/base/clock.ts';
import type { Placement } from '../../management/placement/type.ts';
import type { Site } from '../../management/site/type.ts';
import { type Feedback, type LocalEdit, type Work, isCurrent } from '../../management/work/type.ts';
import type { Application } from './type.ts';

/** One step of an explanation, with what lies behind it. */
export interface Explanation {
  readonly state: 'good' | 'waiting' | 'bad';
  readonly text: string;
  readonly causes: readonly Explanation[];
}

/** All that an explanation is made of; nothing but objects of the hub. */
export interface ExplainQuestion {
  readonly application: Application;
  /** Absent when it does not exist. */
  readonly placement: Placement | undefined;
  /** The chosen sites. */
  readonly sites: readonly Site[];
  /** Works of the application, by site name. */
  readonly works: ReadonlyMap<string, Work>;
  readonly nowMs: number;
}

/** Why an application is as it is: down its Placement, its Works and what the sites say about the worst pod. */
export function explainApplication(question: ExplainQuestion): Explanation {
  const { application, sites, works, nowMs } = question;
  const { namespace = '', name } = application.metadata;
  const bySite = sites.map((site) => explainSite(site, works.get(site.metadata.name), nowMs));
  const leaving = [...works].filter(([siteName]) => !sites.some((site) => site.metadata.name === siteName));
  const causes = [
    explainRendering(application),
    explainPlacement(question),
    ...bySite,
    ...leaving.map(([siteName, work]) => explainLeaving(siteName, work)),
  ];
  const healthyCount = sites.filter((site) => isHealthyAt(site, works.get(site.metadata.name))).length;
  const leavingText = application.metadata.deletionTimestamp === undefined ? '' : ', being deleted';
  const text = `Application ${namespace}/${name}: healthy at ${healthyCount} of ${formatCount(sites.length, 'site')}${leavingText}`;
  return { state: worst(causes), text, causes };
}

/** The lines of an explanation, indented by depth. */
export function formatExplanation(explanation: Explanation, depth = 0): readonly string[] {
  const own = `${'  '.repeat(depth)}${marks[explanation.state]} ${explanation.text}`;
  return [own, ...explanation.causes.flatMap((cause) => formatExplanation(cause, depth + 1))];
}

const marks = { good: '✓', waiting: '…', bad: '✗' } as const;

function explainRendering({ status }: Application): Explanation {
  const rendered = findCondition(status?.conditions, 'Rendered');
  if (rendered === undefined) return leaf('waiting', 'The hub has not looked at it yet');
  const digest = status?.digest === undefined ? '' : `, bundle ${status.digest.slice(0, 'sha256:'.length + 12)}`;
  if (rendered.status === 'True') return leaf('good', `Rendered: ${rendered.message}${digest}`);
  return leaf('bad', `Not all of it can be rendered: ${rendered.reason}: ${rendered.message}`);
}

function explainPlacement({ application, placement, sites }: ExplainQuestion): Explanation {
  const { name } = application.spec.placementRef;
  if (placement === undefined)
    return leaf('bad', `Placement "${name}" does not exist in namespace "${application.metadata.namespace}"`);
  if (sites.length === 0)
    return leaf('bad', `Placement "${name}" chooses no site: no accepted site has the labels it asks for`);
  return leaf(
    'good',
    `Placement "${name}" chooses ${sites
      .map((site) => site.metadata.name)
      .slice(0, 10)
      .join(', ')}${sites.length > 10 ? ` and ${sites.length - 10} more` : ''}`,
  );
}

function explainSite(site: Site, work: Work | undefined, nowMs: number): Explanation {
  const contact = explainContact(site, nowMs);
  const steps = work === undefined ? [leaf('waiting', 'Its Work does not exist yet')] : explainWork(work, nowMs);
  const causes = [...(contact === undefined ? [] : [contact]), ...steps];
  const main = firstBad(causes);
  if (main === undefined || main.state === 'good')
    return leaf('good', `${site.metadata.name}: ${causes[0]?.text ?? 'current and healthy'}`);
  const others = causes.filter((cause) => cause !== main);
  return { ...main, text: `${site.metadata.name}: ${main.text}`, causes: [...main.causes, ...others] };
}

/** True when the site is in contact and says so; what waits for a person there changes nothing about it. */
function isHealthyAt({ status }: Site, work: Work | undefined): boolean {
  const isInContact = status?.phase === 'Ready' || status?.phase === 'Degraded';
  return (
    isInContact &&
    work !== undefined &&
    work.metadata.deletionTimestamp === undefined &&
    isCurrent(work) &&
    isConditionTrue(work.status?.conditions, 'Healthy')
  );
}

/** Why nothing can be sent to or heard from a site; `undefined` when it is in contact. */
function explainContact(site: Site, nowMs: number): Explanation | undefined {
  const { phase = 'Pending', lastSeen } = site.status ?? {};
  if (phase === 'Ready') return undefined;
  const seenMs = parseTime(lastSeen);
  const seen =
    seenMs === undefined ? ', never seen' : `, last seen ${formatAge(nowMs - seenMs)} ago; what follows is as of then`;
  const worries = (site.status?.conditions ?? [])
    .filter(isWorry)
    .map((condition) => leaf('bad', `${condition.reason}: ${condition.message}`));
  const text = `Site is ${phase}${phase === 'Degraded' ? '' : seen}`;
  return { state: phase === 'Unreachable' || phase === 'Quarantined' ? 'bad' : 'waiting', text, causes: worries };
}

function isWorry({ type, status }: Condition): boolean {
  return type === 'Joined' || type === 'Connected' ? status !== 'True' : status === 'True';
}

/** The steps of a Work, from the one that is not done yet. */
function explainWork(work: Work, nowMs: number): readonly Explanation[] {
  if (work.metadata.deletionTimestamp !== undefined) return [explainRemoval(work)];
  const { status } = work;
  const edits = (status?.localEdits ?? [])
    .filter((edit) => edit.resolution !== 'Reverted')
    .map((edit) => leaf('waiting', `Local edit: ${describeEdit(edit)}`));
  const held = findCondition(status?.conditions, 'HeldForConfirmation');
  const holds = held?.status === 'True' ? [leaf('bad', `Held: ${held.message}`)] : [];
  if (status?.persistedDigest !== work.spec.bundle.digest || status.observedGeneration !== work.metadata.generation) {
    return [leaf('waiting', 'The site has not taken the newest version yet'), ...holds, ...edits];
  }
  const unknown = findCondition(status.conditions, 'UnsupportedFields');
  if (unknown?.status === 'True') edits.unshift(leaf('bad', unknown.message));
  const isGood = isCurrent(work) && isConditionTrue(status.conditions, 'Healthy');
  const troubles = (status.feedback ?? [])
    .filter((entry) => entry.state !== 'Healthy')
    .map((entry) => explainFeedback(entry, nowMs));
  const omitted = status.omitted?.feedback ?? 0;
  const more = omitted > 0 && troubles.length > 0 ? [leaf('waiting', `and up to ${omitted} more objects`)] : [];
  if (isGood) return [leaf('good', 'current and healthy'), ...holds, ...edits];
  return [...(troubles.length === 0 ? [explainConditions(work)] : troubles), ...more, ...holds, ...edits];
}

function explainConditions({ status }: Work): Explanation {
  const open = ['Applied', 'Healthy']
    .map((type) => findCondition(status?.conditions, type))
    .find((condition) => condition?.status !== 'True');
  return leaf('waiting', open === undefined ? 'The site is applying it' : `${open.reason}: ${open.message}`);
}

/** `Deployment hello: Pod hello-7c…: container web: CrashLoopBackOff, exit 1`; the pod is named by the site. */
function explainFeedback(entry: Feedback, nowMs: number): Explanation {
  const subject = `${entry.kind} ${entry.name}${entry.ready === undefined ? '' : ` ${entry.ready}`}`;
  const why = `${entry.message ?? entry.reason ?? entry.state}${describeRetry(entry, nowMs)}`;
  const state = entry.state === 'Degraded' || entry.state === 'Failed' ? 'bad' : 'waiting';
  // A message that names a pod says more than the object that owns the pod.
  return leaf(state, why.startsWith('Pod ') ? why : `${subject}: ${why}`);
}

/** `, next try in 8 s; last log: "EADDRINUSE :20011"`. */
function describeRetry({ retryAt, lastLog }: Feedback, nowMs: number): string {
  const dueMs = parseTime(retryAt);
  const leftSeconds = dueMs === undefined ? 0 : Math.ceil((dueMs - nowMs) / 1_000);
  const next = dueMs === undefined ? '' : leftSeconds > 0 ? `, next try in ${leftSeconds} s` : ', next try now';
  return `${next}${lastLog === undefined ? '' : `; last log: ${JSON.stringify(lastLog)}`}`;
}

function explainRemoval(work: Work): Explanation {
  const held = findCondition(work.status?.conditions, 'HeldForConfirmation');
  if (held?.status === 'True') {
    const { namespace, name } = work.metadata;
    const command = `kubectl patch works ${name} -n ${namespace} --type merge -p '{"spec":{"removalConfirmed":true}}'`;
    return {
      ...leaf('bad', `Removal is held: ${held.message}`),
      causes: [leaf('waiting', `confirm with: ${command}`)],
    };
  }
  const removed = findCondition(work.status?.conditions, 'Removed');
  return leaf('waiting', `Being removed: ${removed?.message ?? 'the site has not confirmed yet'}`);
}

function explainLeaving(siteName: string, work: Work): Explanation {
  const cause = explainRemoval(work);
  return { ...cause, text: `${siteName}: ${cause.text}` };
}

function describeEdit({ kind, name, path, hubValue, siteValue, who, since }: LocalEdit): string {
  const what =
    path === ''
      ? 'deleted'
      : `${path} is ${siteValue === undefined ? 'removed' : JSON.stringify(siteValue)}, the hub wants ${JSON.stringify(hubValue)}`;
  return `${kind} ${name} ${what}, by ${who ?? 'somebody'} since ${since}`;
}

function leaf(state: Explanation['state'], text: string): Explanation {
  return { state, text, causes: [] };
}

function worst(causes: readonly Explanation[]): Explanation['state'] {
  if (causes.some((cause) => cause.state === 'bad')) return 'bad';
  return causes.some((cause) => cause.state === 'waiting') ? 'waiting' : 'good';
}

function firstBad(causes: readonly Explanation[]): Explanation | undefined {
  const state = worst(causes);
  return causes.find((cause) => cause.state === state);
}
