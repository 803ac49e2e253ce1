import { isApiError } from '../../../kernel/meta/errors.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { ControllerDefinition, Pass } from '../../../kernel/controller/controller.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import type { ObjectName } from '../../../kernel/ports/client.ts';
import { editsDigest } from '../appliedwork/plan.ts';
import { type AppliedWork, appliedWorkKind, reportedEditsAnnotation } from '../appliedwork/type.ts';
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
  const unsent = new Set<string>();
  return {
    name: 'work-report',
    kind: appliedWorkKind,
    rules: [{ verbs: ['patch'], groups: [managementGroup], resources: ['appliedworks'] }],
    forget({ name }) {
      sent.delete(name);
      unsent.delete(name);
    },
    run: ({ trigger }, signal) => wakeUnsent(ports.link, unsent, trigger, signal),
    reconcile(pass) {
      const { name } = pass.object.metadata;
      const { connection } = ports.link;
      if (connection === undefined) {
        unsent.add(name);
        return Promise.resolve({ kind: 'stalled', reason: 'CutOff', message: 'There is no session with the hub' });
      }
      unsent.delete(name);
      return reportWork(pass, { ...ports, connection }, sent);
    },
  };
}

/** Looks again, whenever a session has begun, at everything that could not be reported before. */
async function wakeUnsent(
  link: HubLink,
  unsent: ReadonlySet<string>,
  trigger: (at: ObjectName) => void,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await link.changed(signal);
    if (link.connection !== undefined) for (const name of unsent) trigger({ name });
  }
}

async function reportWork(
  pass: Pass<AppliedWork>,
  { connection, siteName }: ReportPorts & { readonly connection: HubConnection },
  sent: Map<string, Sent>,
): Promise<Outcome> {
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
