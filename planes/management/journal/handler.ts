import { isApiError } from '../../../kernel/meta/errors.ts';
import { type Json, type JsonObject, isJsonObject } from '../../../kernel/meta/object.ts';
import type { SubresourceHandler, SubresourceRequest } from '../../../kernel/ports/endpoint.ts';
import { eventKind } from '../../../kernel/kinds/event/type.ts';
import type { HubLinePorts } from '../hub-line/hub-ports.ts';
import { requireSite } from '../identity/users.ts';
import {
  countField,
  jsonResponse,
  listField,
  objectField,
  optionalTextField,
  readJsonBody,
  textField,
  wrongField,
} from '../request-body/fields.ts';
import { managementGroup, siteKind, siteLabel, siteNamespace } from '../site/type.ts';
import { batchRowsMax } from './sender.ts';
import { eventFromGap, eventFromRow } from './hub-event.ts';

const bodyBytesMax = 2 * 1024 * 1024;

/**
 * `POST sites/<name>/journal` {epoch, rows}: stores the events of a site in its namespace and answers up to which
 * sequence number everything is stored. A row that comes again finds its event there and changes nothing.
 */
export function journalHandler(ports: HubLinePorts): SubresourceHandler {
  return {
    resource: `sites.${managementGroup}`,
    subresource: 'journal',
    verbs: { POST: 'create' },
    handle: async (request) => jsonResponse(await takeRows(request, ports)),
  };
}

async function takeRows(request: SubresourceRequest, ports: HubLinePorts): Promise<{ readonly sequence: number }> {
  const { name, signal, user } = request;
  requireSite(user, name);
  const body = await readJsonBody(request, bodyBytesMax);
  const epoch = textField(body, 'epoch', 64);
  const rows = listField(body, 'rows', batchRowsMax).map(readRow);
  const site = await ports.client.get(siteKind, { name }, signal);
  const known = site.status?.journal;
  const stored = known?.epoch === epoch ? (known.sequence ?? 0) : 0;
  for (const row of rows) if (row.sequence > stored) await storeRow(row, { siteName: name, epoch }, ports, signal);
  const sequence = Math.max(stored, ...rows.map((row) => row.sequence));
  if (sequence > stored || known?.epoch !== epoch) {
    const patch = { type: 'merge', body: { status: { journal: { epoch, sequence } } } } as const;
    await ports.client.patch(siteKind, { name }, patch, { subresource: 'status' }, signal);
  }
  return { sequence };
}

type Row =
  | { readonly sequence: number; readonly event: JsonObject }
  | { readonly sequence: number; readonly dropped: number };

function readRow(value: Json): Row {
  if (!isJsonObject(value)) throw wrongField('rows[]', 'an object', value);
  const sequence = countField(value, 'sequence');
  return value['dropped'] === undefined
    ? { sequence, event: objectField(value, 'event') }
    : { sequence, dropped: countField(value, 'dropped') };
}

async function storeRow(
  row: Row,
  journal: { readonly siteName: string; readonly epoch: string },
  { client, clock }: HubLinePorts,
  signal: AbortSignal,
): Promise<void> {
  const { siteName, epoch } = journal;
  // The name makes the row known: the same row again is refused as existing.
  const name = `${siteName}.${epoch.slice(0, 8)}.${row.sequence}`;
  const event = 'event' in row ? eventFromRow(row.event, siteName) : eventFromGap(row.dropped, siteName, clock.nowMs());
  const metadata = {
    name,
    namespace: siteNamespace(siteName),
    labels: { [siteLabel]: siteName },
    ...annotationsOf(row),
  };
  try {
    await client.create(eventKind, { metadata, ...event }, {}, signal);
  } catch (error) {
    // An event that breaks the rules of events is dropped; the journal must not stop for it.
    if (!isApiError(error, 'AlreadyExists', 'Invalid', 'BadRequest')) throw error;
  }
}

function annotationsOf(row: Row): { readonly annotations?: Readonly<Record<string, string>> } {
  const namespace = 'event' in row ? optionalTextField(row.event, 'namespace', 253) : undefined;
  return namespace === undefined ? {} : { annotations: { [`${managementGroup}/site-namespace`]: namespace } };
}
