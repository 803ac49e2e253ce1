import { formatAge } from '../../kernel/base/age.ts';
import { parseTime } from '../../kernel/base/clock.ts';
import { type Site, siteKind, siteOfNamespace } from '../../planes/management/site/type.ts';
import { type Work, isCurrent, workKind } from '../../planes/management/work/type.ts';
import { connectHub } from './connect.ts';
import { exitCodes } from './exit.ts';
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
  readonly alerts: readonly string[];
}

/** Prints the fleet. @returns the exit code: `unhealthy` when a site has an alert. */
export async function printStatus(options: {
  readonly kubeconfig: string;
  readonly output: OutputFormat;
}): Promise<number> {
  await using hub = await connectHub(options.kubeconfig);
  const sites = await hub.client.list(siteKind, {}, hub.signal);
  const works = await hub.client.list(workKind, {}, hub.signal);
  const rows = sites.items.map((site) => statusOf(site, works.items, Date.now()));
  if (options.output === 'json') print(JSON.stringify({ sites: rows }, null, 2));
  else
    print(
      rows.length === 0
        ? 'No sites yet: invite one with `planform site invite <name>`.'
        : formatTable(header, rows.map(cellsOf)),
    );
  return rows.some((row) => row.alerts.length > 0) ? exitCodes.unhealthy : exitCodes.done;
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
  const alerts = phase === 'Ready' || phase === 'Pending' ? [] : [phase];
  for (const condition of site.status?.conditions ?? []) {
    if (condition.status === 'True' && ['ClockSkew', 'HeldForConfirmation', 'Forked'].includes(condition.type))
      alerts.push(condition.type);
  }
  for (const work of works) {
    const bad = work.status?.conditions?.find(
      ({ type, status }) => (type === 'Healthy' && status === 'False') || (type === 'Drifted' && status === 'True'),
    );
    if (bad !== undefined) alerts.push(`${work.metadata.name}: ${bad.reason}`);
  }
  return alerts;
}

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
