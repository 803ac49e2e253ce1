import { formatAge } from '../../kernel/base/age.ts';
import { parseTime } from '../../kernel/base/clock.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import type { ListResult } from '../../kernel/ports/client.ts';
import { type Site, siteKind, siteOfNamespace } from '../../planes/management/site/type.ts';
import { type Work, isCurrent, workKind } from '../../planes/management/work/type.ts';
import { type Connection, connectHub } from './connect.ts';
import { CommandError, exitCodes } from './exit.ts';
import type { ServerChoice } from './options.ts';
import { type OutputFormat, formatTable, print } from './output.ts';

/** One line of `planform status`. */
export interface SiteStatus {
  readonly site: string;
  readonly phase: string;
  /** Milliseconds since the hub heard of the site; absent when it never did. */
  readonly seenMs: number | undefined;
  readonly agent: string;
  readonly works: { readonly current: number; readonly total: number; readonly asOf: string | undefined };
  readonly pods: { readonly ready: number; readonly total: number };
  /** What needs a look, one line each. */
  readonly alerts: readonly string[];
}

/** Most alerts of one site that are printed; JSON has all of them. */
const alertsMax = 5;

/** Prints the fleet. @returns the exit code: `unhealthy` when a site has an alert. */
export async function printStatus(options: ServerChoice & { readonly output: OutputFormat }): Promise<number> {
  await using hub = await connectHub(options);
  const sites = await listSites(hub);
  const works = await hub.client.list(workKind, {}, hub.signal);
  const rows = sites.items.map((site) => statusOf(site, works.items, Date.now()));
  if (options.output === 'json') print(JSON.stringify({ sites: rows }, null, 2));
  else print(formatFleet(rows));
  return rows.some((row) => row.alerts.length > 0) ? exitCodes.unhealthy : exitCodes.done;
}

async function listSites(hub: Connection): Promise<ListResult<Site>> {
  try {
    return await hub.client.list(siteKind, {}, hub.signal);
  } catch (cause) {
    if (!isApiError(cause, 'NotFound')) throw cause;
    const hint = 'name the kubeconfig of a hub with --kubeconfig';
    throw new CommandError(`The server of the kubeconfig "${hub.kubeconfig}" has no sites: it is no hub`, hint, {
      cause,
    });
  }
}

/** The fleet in one screen: a line per site, then what needs a look; pure. */
export function formatFleet(rows: readonly SiteStatus[]): string {
  if (rows.length === 0) return 'No sites yet: invite one with `planform site invite <name>`.';
  const table = formatTable(header, rows.map(cellsOf));
  const alerts = rows.flatMap(({ site, alerts }) => {
    const more = alerts.length - alertsMax;
    const shown = alerts.slice(0, alertsMax).map((alert) => `  ${site}: ${alert}`);
    return more > 0 ? [...shown, `  ${site}: and ${more} more`] : shown;
  });
  return alerts.length === 0 ? table : [table, '', 'Alerts:', ...alerts].join('\n');
}

const header = ['SITE', 'PHASE', 'SEEN', 'AGENT', 'WORKS', 'PODS', 'ALERTS'];

/** What the hub knows of one site; pure. */
export function statusOf(site: Site, works: readonly Work[], nowMs: number): SiteStatus {
  const own = works.filter((work) => siteOfNamespace(work.metadata.namespace ?? '') === site.metadata.name);
  const phase = site.status?.phase ?? 'Pending';
  const lastSeenMs = parseTime(site.status?.lastSeen);
  const inContact = phase === 'Ready' || phase === 'Degraded';
  return {
    site: site.metadata.name,
    phase,
    seenMs: lastSeenMs === undefined ? undefined : nowMs - lastSeenMs,
    agent: site.status?.agentVersion ?? '',
    works: {
      current: own.filter(isCurrent).length,
      total: own.length,
      asOf: inContact || lastSeenMs === undefined ? undefined : new Date(lastSeenMs).toTimeString().slice(0, 8),
    },
    pods: { ready: site.status?.pods?.ready ?? 0, total: site.status?.pods?.total ?? 0 },
    alerts: alertsOf(site, own, phase),
  };
}

function alertsOf(site: Site, works: readonly Work[], phase: string): readonly string[] {
  const conditions = site.status?.conditions ?? [];
  const ofSite = conditions
    .filter(({ type, status }) => (type === 'Connected' ? status !== 'True' : worries.has(type) && status === 'True'))
    .map(({ reason, message }) => `${phase}: ${reason}: ${message}`);
  // A site that nobody has accepted or that has never called is no alert: it is being set up.
  return [...(phase === 'Pending' ? [] : ofSite), ...works.flatMap(workAlert)];
}

/** Conditions of a Site that are trouble when they hold. */
const worries: ReadonlySet<string> = new Set(['ClockSkew', 'HeldForConfirmation', 'Forked']);

/** The first thing about a Work that needs a look. What is merely on its way does not. */
function workAlert({ metadata, status }: Work): readonly string[] {
  const bad = status?.conditions?.find(({ type, status, reason }) =>
    type === 'Healthy' || type === 'Applied'
      ? status === 'False' && !onTheWay.has(reason)
      : status === 'True' && (type === 'Drifted' || type === 'UnsupportedFields'),
  );
  return bad === undefined ? [] : [`Work ${metadata.name}: ${bad.reason}: ${bad.message}`];
}

/** Reasons of a Work that is not applied or healthy yet and needs nobody. */
const onTheWay: ReadonlySet<string> = new Set(['Progressing', 'ComponentsWaiting', 'RemovingOldObjects']);

function cellsOf(row: SiteStatus): readonly string[] {
  const { current, total, asOf } = row.works;
  return [
    row.site,
    row.phase,
    row.seenMs === undefined ? 'never' : formatAge(row.seenMs),
    row.agent === '' ? '-' : row.agent,
    `${current}/${total} ${asOf === undefined ? 'current' : `as of ${asOf}`}`,
    `${row.pods.ready}/${row.pods.total}`,
    row.alerts.length === 0 ? '-' : String(row.alerts.length),
  ];
}
