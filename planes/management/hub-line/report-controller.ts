import { isApiError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import { type ControllerDefinition, type Pass, watching } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import { editsDigest } from '../appliedwork/plan.ts';
import { type AppliedWork, appliedWorkKind, reportedEditsAnnotation } from '../appliedwork/type.ts';
import { hubMembershipKind } from '../hubmembership/type.ts';
import { managementGroup, siteNamespace } from '../site/type.ts';
import { workKind } from '../work/type.ts';
import type { HubConnection } from './connection.ts';
import type { HubLink } from './link.ts';
import { type WorkStatus, reportDelayMs, reportOf } from './report.ts';

/** What reporting needs. */
export interface ReportPorts {
  readonly link: HubLink;
  readonly siteName: string;
}

interface Sent {
  readonly status: WorkStatus;
  readonly atMs: number;
  readonly uid: string;
}

/**
 * Reports every AppliedWork to the hub as the status of its Work: on change, coalesced, nothing when nothing changed.
 * What was sent is kept in memory only; after a restart everything is sent once more and changes nothing there.
 */
export function reportController(ports: ReportPorts): ControllerDefinition<AppliedWork> {
  const sent = new Map<string, Sent>();
  return {
    name: 'work-report',
    kind: appliedWorkKind,
    rules: [{ verbs: ['patch'], groups: [managementGroup], resources: ['appliedworks'] }],
    watches: [
      watching(hubMembershipKind, (_membership, view) =>
        view.list(appliedWorkKind).map(({ metadata }) => ({ name: metadata.name })),
      ),
    ],
    forget: ({ name }) => sent.delete(name),
    reconcile: (pass) => reportWork(pass, ports, sent),
  };
}

async function reportWork(
  pass: Pass<AppliedWork>,
  { link, siteName }: ReportPorts,
  sent: Map<string, Sent>,
): Promise<Outcome> {
  const { connection } = link;
  // The HubMembership changes when a session begins: that is when this is looked at again.
  if (connection === undefined)
    return { kind: 'stalled', reason: 'CutOff', message: 'There is no session with the hub' };
  const { name } = pass.object.metadata;
  const status = reportOf(pass.object);
  const { uid } = pass.object.spec.order;
  const known = sent.get(name);
  const previous = known?.uid === uid ? known : undefined;
  if (previous === undefined || !jsonEquals(previous.status, status)) {
    const delayMs = reportDelayMs(previous?.status, status, pass.clock.monotonicMs() - (previous?.atMs ?? 0));
    if (delayMs > 0) return { kind: 'waiting', afterMs: delayMs, reason: 'Coalescing' };
    if (!(await send(pass, connection, siteName, status))) return settled;
    sent.set(name, { status, uid, atMs: pass.clock.monotonicMs() });
  }
  await noteReportedEdits(pass);
  return settled;
}

/** Writes the status at the hub. @returns false when the hub no longer has this Work: the next sync says more. */
async function send(
  pass: Pass<AppliedWork>,
  { client }: HubConnection,
  siteName: string,
  status: WorkStatus,
): Promise<boolean> {
  const { name, uid } = pass.object.spec.order;
  const body = { metadata: { uid }, status: { ...emptyStatus, ...status } };
  try {
    await client.patch(
      workKind,
      { namespace: siteNamespace(siteName), name },
      { type: 'merge', body },
      { subresource: 'status' },
      pass.signal,
    );
    return true;
  } catch (error) {
    // Conflict: the name belongs to another Work by now.
    if (isApiError(error, 'NotFound', 'Conflict')) return false;
    throw error;
  }
}

/** A merge patch keeps what it does not name: fields that a report may lack are taken away by name. */
const emptyStatus = { appliedDigest: null, lastGoodDigest: null, objects: null } as const;

/** Tells the AppliedWork which edits the hub knows: HubWins takes back only those. */
async function noteReportedEdits(pass: Pass<AppliedWork>): Promise<void> {
  const { localEdits } = pass.object.status ?? {};
  const digest = editsDigest(localEdits);
  const hasStanding = localEdits?.some((edit) => edit.resolution !== 'Reverted') === true;
  if (!hasStanding || pass.object.metadata.annotations?.[reportedEditsAnnotation] === digest) return;
  const body = { metadata: { annotations: { [reportedEditsAnnotation]: digest } } };
  await pass.client.patch(
    appliedWorkKind,
    { name: pass.object.metadata.name },
    { type: 'merge', body },
    {},
    pass.signal,
  );
}
