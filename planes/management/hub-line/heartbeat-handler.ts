import { parseTime } from '../../../kernel/base/clock.ts';
import type { SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { requireSite } from '../identity/users.ts';
import { jsonResponse, readJsonBody } from '../request-body/fields.ts';
import { managementGroup, siteNamespace } from '../site/type.ts';
import { workKind } from '../work/type.ts';
import { digestOrders, orderOf } from './digest.ts';
import type { HubLinePorts } from './hub-ports.ts';
import { type HeartbeatAnswer, decodeHeartbeat } from './protocol.ts';

const bodyBytesMax = 16 * 1024;

/** `POST sites/<name>/heartbeat`: the site is there and holds this. Kept in memory; costs no write. */
export function heartbeatHandler(ports: HubLinePorts): SubresourceHandler {
  return {
    resource: `sites.${managementGroup}`,
    subresource: 'heartbeat',
    verbs: { POST: 'create' },
    handle: async (request) => jsonResponse(await beat(request, ports)),
  };
}

async function beat(request: SubresourceRequest, { client, sessions, clock }: HubLinePorts): Promise<HeartbeatAnswer> {
  const { name, signal, user } = request;
  requireSite(user, name);
  const heartbeat = decodeHeartbeat(await readJsonBody(request, bodyBytesMax));
  sessions.noteHeartbeat(name, heartbeat, parseTime(heartbeat.time) ?? clock.nowMs());
  const { items } = await client.list(workKind, { namespace: siteNamespace(name) }, signal);
  const resync = digestOrders(items.map(orderOf)).root !== heartbeat.rootDigest;
  return { heartbeatSeconds: sessions.heartbeatSeconds(), resync };
}
