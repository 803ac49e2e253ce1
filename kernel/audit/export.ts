import { readLink } from './chain.ts';
import { listSegments, readLines } from './segments.ts';

/** Which records, and as what. */
export interface ExportOptions {
  readonly folder: string;
  /** `jsonl`: the lines as they stand, with number and hash. `cloudevents`: one CloudEvent (1.0, JSON) per line. */
  readonly format: 'jsonl' | 'cloudevents';
  /** Where the log is from: `source` of CloudEvents. */
  readonly source: string;
  /** Only records made then or later, milliseconds. */
  readonly sinceMs?: number;
  /** Only records made before. */
  readonly untilMs?: number;
}

/** The records of a log in order, one line each, without line ends. Lines that cannot be read are left to `verifyLog`. */
export async function* exportLog(options: ExportOptions): AsyncGenerator<string, void> {
  const { sinceMs = -Infinity, untilMs = Infinity } = options;
  for (const { path } of await listSegments(options.folder)) {
    for await (const { bytes, number, isWhole } of readLines(path)) {
      if (number === 1 || !isWhole || readLink(bytes) === undefined) continue;
      const text = bytes.toString();
      const event = parseEvent(text);
      if (event === undefined) continue;
      const atMs = Date.parse(event.stageTimestamp);
      if (atMs < sinceMs || atMs >= untilMs) continue;
      yield options.format === 'jsonl' ? text : JSON.stringify(cloudEvent(event, options.source));
    }
  }
}

/** The fields of a record that an export looks at. */
interface ExportedEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly stageTimestamp: string;
  readonly requestURI: string;
  readonly sequence: number;
  readonly hash: string;
}

function parseEvent(text: string): ExportedEvent | undefined {
  try {
    return JSON.parse(text) as ExportedEvent;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** CloudEvents 1.0: `source` and `id` together name an event for ever, so repeated exports can be told from new records. */
function cloudEvent(event: ExportedEvent, source: string): object {
  const { sequence, hash, ...data } = event;
  const { auditID, stage, stageTimestamp, requestURI } = data;
  return {
    specversion: '1.0',
    id: String(sequence),
    source,
    type: `io.k8s.audit.v1.${stage}`,
    subject: requestURI,
    time: stageTimestamp,
    datacontenttype: 'application/json',
    auditid: auditID,
    hash,
    data,
  };
}
