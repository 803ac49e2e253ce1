import { formatCount } from '../../../kernel/base/count.ts';
import { type ConditionDraft, findCondition, isConditionTrue } from '../../../kernel/meta/conditions.ts';
import { type Work, isCurrent } from '../../management/work/type.ts';
import type { RenderProblem } from './plan.ts';
import { type Application, samplesMax } from './type.ts';

type Status = NonNullable<Application['status']>;
/** One site that is not current and healthy. */
export type Sample = NonNullable<Status['samples']>[number];

/** What is known of the Works of an application. */
export interface RollupQuestion {
  /** Names of the chosen sites; absent when the Placement does not exist. */
  readonly chosen: readonly string[] | undefined;
  readonly placementName: string;
  /** By site name. */
  readonly works: ReadonlyMap<string, Work>;
  /** Digest all sites shall run; absent when nothing could be rendered yet. */
  readonly digest: string | undefined;
}

/** Counts, at most ten samples, and the conditions that follow. */
export interface Rollup {
  readonly sites: { readonly desired: number; readonly current: number; readonly healthy: number };
  readonly samples: readonly Sample[];
  readonly conditions: readonly ConditionDraft[];
}

/** Sums up all sites. */
export function rollUp(question: RollupQuestion): Rollup {
  const { chosen = [], works, digest } = question;
  const current = chosen.filter((site) => isSiteCurrent(works.get(site), digest));
  const healthy = current.filter((site) => isConditionTrue(works.get(site)?.status?.conditions, 'Healthy'));
  const good = new Set(healthy);
  const samples = chosen
    .filter((site) => !good.has(site))
    .slice(0, samplesMax)
    .map((site) => sampleOf(site, works.get(site), digest));
  const sites = { desired: chosen.length, current: current.length, healthy: healthy.length };
  return { sites, samples, conditions: [delivered(question, sites, samples), health(question, sites, samples)] };
}

/** The Rendered condition. */
export function renderedCondition(problems: readonly RenderProblem[], objectCount: number): ConditionDraft {
  const [first] = problems;
  if (first === undefined)
    return {
      type: 'Rendered',
      status: 'True',
      reason: 'Rendered',
      message: `The bundle holds ${formatCount(objectCount, 'object')}`,
    };
  const order = ['DependencyCycle', 'SecretsNotSealed', 'UnknownKind', 'InvalidManifest', 'DuplicateObject'];
  const reason = order.find((candidate) => problems.some((problem) => problem.reason === candidate)) ?? first.reason;
  const shown = problems
    .slice(0, 5)
    .map((problem) => problem.message)
    .join('; ');
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  const rest =
    objectCount === 0 || reason === 'DependencyCycle'
      ? ''
      : `. The rest is delivered (${formatCount(objectCount, 'object')}); sites remove nothing meanwhile`;
  return { type: 'Rendered', status: 'False', reason, message: `${shown}${more}${rest}` };
}

function isSiteCurrent(work: Work | undefined, digest: string | undefined): boolean {
  return work !== undefined && work.spec.bundle.digest === digest && isCurrent(work);
}

/** Why a site is not current and healthy: the first of its conditions that is not as it should be. */
function sampleOf(site: string, work: Work | undefined, digest: string | undefined): Sample {
  const say = (reason: string, message: string): Sample => ({ site, reason, message: message.slice(0, 1_024) });
  if (work === undefined) return say('NotSent', 'The Work for this site does not exist yet');
  if (work.metadata.deletionTimestamp !== undefined)
    return say('Removing', 'An older Work of this name is still being removed');
  const { status } = work;
  if (status?.persistedDigest !== digest || status?.observedGeneration !== work.metadata.generation) {
    return say('NotPersisted', 'The site has not taken the newest version yet');
  }
  for (const type of ['Applied', 'Healthy']) {
    const condition = findCondition(status?.conditions, type);
    if (condition?.status !== 'True')
      return say(condition?.reason ?? `Not${type}`, condition?.message ?? 'The site has not reported yet');
  }
  return say('NotCurrent', 'The site is still applying the newest version');
}

function delivered(
  { chosen, placementName, digest }: RollupQuestion,
  sites: Rollup['sites'],
  samples: readonly Sample[],
): ConditionDraft {
  const type = 'Delivered';
  if (chosen === undefined) {
    const message = `Placement "${placementName}" does not exist; sites keep what they have`;
    return { type, status: 'False', reason: 'PlacementNotFound', message };
  }
  if (digest === undefined)
    return { type, status: 'False', reason: 'NotRendered', message: 'There is no bundle to deliver' };
  if (sites.desired === 0)
    return { type, status: 'False', reason: 'NoSites', message: `Placement "${placementName}" chooses no site` };
  if (sites.current === sites.desired)
    return {
      type,
      status: 'True',
      reason: 'Delivered',
      message: `Current at ${sites.current} of ${formatCount(sites.desired, 'site')}`,
    };
  return {
    type,
    status: 'False',
    reason: 'SitesPending',
    message: `Current at ${sites.current} of ${formatCount(sites.desired, 'site')}${firstSample(samples)}`,
  };
}

function health({ chosen }: RollupQuestion, sites: Rollup['sites'], samples: readonly Sample[]): ConditionDraft {
  const type = 'Healthy';
  if (chosen === undefined || sites.desired === 0)
    return { type, status: 'Unknown', reason: 'NoSites', message: 'It runs nowhere' };
  if (sites.healthy === sites.desired)
    return {
      type,
      status: 'True',
      reason: 'Healthy',
      message: `Healthy at ${sites.healthy} of ${formatCount(sites.desired, 'site')}`,
    };
  const reason = samples.some((sample) => sample.reason === 'Degraded' || sample.reason === 'ObjectsFailed')
    ? 'Degraded'
    : 'Progressing';
  return {
    type,
    status: 'False',
    reason,
    message: `Healthy at ${sites.healthy} of ${formatCount(sites.desired, 'site')}${firstSample(samples)}`,
  };
}

function firstSample([sample]: readonly Sample[]): string {
  return sample === undefined ? '' : `; ${sample.site}: ${sample.reason}: ${sample.message}`;
}
