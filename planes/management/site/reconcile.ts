import { formatTime, parseTime } from '../../../kernel/base/clock.ts';
import { setCondition } from '../../../kernel/meta/conditions.ts';
import { isApiError } from '../../../kernel/meta/errors.ts';
import { namespaceKind } from '../../../kernel/kinds/namespace/type.ts';
import type { Pass } from '../../../kernel/controller/controller.ts';
import { removeFinalizer } from '../../../kernel/controller/finalizers.ts';
import { type Outcome, settled } from '../../../kernel/controller/outcome.ts';
import type { SiteContact, SiteSessions } from '../hub-line/sessions.ts';
import { workFinalizer } from '../work/plan.ts';
import { workKind } from '../work/type.ts';
import { siteFinalizer } from './admit.ts';
import { flushIntervalMs, planSite } from './plan.ts';
import { type Site, siteKind, siteLabel, siteNamespace } from './type.ts';

/** How often leaving looks whether Works and namespace are gone, besides watching them. */
const leavingLookMs = 2_000;

/** One pass: 1. the namespace of the site is there; 2. judge contact, works and conditions; 3. write what is worth it. */
export async function reconcileSite(pass: Pass<Site>, sessions: SiteSessions): Promise<Outcome> {
  const { object, view, clock } = pass;
  const { name } = object.metadata;
  if (object.metadata.deletionTimestamp !== undefined) return forgetSite(pass, sessions);
  await ensureNamespace(pass);
  const contact = sessions.get(name);
  const heartbeatSeconds = sessions.heartbeatSeconds();
  const plan = planSite({
    site: object,
    contact,
    works: view.list(workKind, siteNamespace(name)),
    heartbeatSeconds,
    listeningForMs: sessions.listeningForMs,
    monotonicMs: clock.monotonicMs(),
  });
  const { status } = pass;
  status.phase = plan.phase;
  status.works = { ...plan.works };
  for (const condition of plan.conditions)
    status.conditions = [...setCondition(status.conditions, condition, clock.nowMs())];
  const flushMs = flushIntervalMs(sessions.siteCount, heartbeatSeconds);
  if (contact !== undefined) writeContact(pass, contact, heartbeatSeconds, flushMs);
  const lookAfterMs = plan.lookAfterMs === undefined ? undefined : Math.min(plan.lookAfterMs, flushMs);
  return lookAfterMs === undefined ? settled : { kind: 'settled', againAfterMs: Math.max(lookAfterMs, 100) };
}

async function ensureNamespace({ object, view, client, signal }: Pass<Site>): Promise<void> {
  const name = siteNamespace(object.metadata.name);
  if (view.get(namespaceKind, { name }) !== undefined) return;
  try {
    await client.create(
      namespaceKind,
      { metadata: { name, labels: { [siteLabel]: object.metadata.name } } },
      {},
      signal,
    );
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
  }
}

/** Takes over what the heartbeats said; the time alone only when the stored one is old. */
function writeContact(
  { status, object, clock }: Pass<Site>,
  contact: SiteContact,
  heartbeatSeconds: number,
  flushMs: number,
): void {
  const { heartbeat, agentVersion } = contact;
  if (agentVersion !== undefined) status.agentVersion = agentVersion;
  status.heartbeatSeconds = heartbeatSeconds;
  if (heartbeat !== undefined) {
    status.rootDigest = heartbeat.rootDigest;
    status.pods = { ...heartbeat.pods };
    status.capacity = { ...heartbeat.capacity };
    const { authorities } = heartbeat;
    if (authorities !== undefined) status.authorities = { ...authorities, trusted: [...authorities.trusted] };
  }
  const storedMs = parseTime(object.status?.lastSeen) ?? 0;
  const hasTurned = object.status?.phase !== status.phase;
  if (hasTurned || clock.nowMs() - storedMs >= flushMs) status.lastSeen = formatTime(contact.lastSeenAtMs);
}

/**
 * A person deleted the Site: the hub forgets it, the only way in which Works go without the word of their site. What
 * runs at the site keeps running.
 */
async function forgetSite(pass: Pass<Site>, sessions: SiteSessions): Promise<Outcome> {
  const { object, view, client, signal } = pass;
  const namespace = siteNamespace(object.metadata.name);
  sessions.forget(object.metadata.name);
  const works = view.list(workKind, namespace);
  for (const work of works) {
    const { name } = work.metadata;
    if (work.metadata.deletionTimestamp === undefined) await client.delete(workKind, { namespace, name }, {}, signal);
    else await removeFinalizer(client, { kind: workKind, object: work, finalizer: workFinalizer }, signal);
  }
  if (works.length > 0) return { kind: 'waiting', afterMs: leavingLookMs, reason: 'ForgettingWorks' };
  const room = view.get(namespaceKind, { name: namespace });
  if (room !== undefined) {
    if (room.metadata.deletionTimestamp === undefined)
      await client.delete(namespaceKind, { name: namespace }, {}, signal);
    return { kind: 'waiting', afterMs: leavingLookMs, reason: 'RemovingNamespace' };
  }
  await removeFinalizer(client, { kind: siteKind, object, finalizer: siteFinalizer }, signal);
  return settled;
}
