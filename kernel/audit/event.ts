import { formatMicroTime } from '../base/clock.ts';
import type { AuditedRequest, AuditLevel } from '../ports/audit.ts';
import type { UserInfo } from '../ports/auth.ts';
import type { AuditStage } from './policy.ts';

/** What a record says besides the request. Bodies are JSON texts. */
export interface EventParts {
  readonly stage: AuditStage;
  readonly atMs: number;
  /** Of the object, where that is known by now and was not in the path. */
  readonly object?: {
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
    readonly revision?: number;
  };
  readonly status?: object | undefined;
  readonly code?: number;
  readonly requestObject?: string | undefined;
  readonly responseObject?: string | undefined;
  readonly annotations: ReadonlyMap<string, string>;
}

/** What does not change between the records of one request; made once. */
export interface EventHead {
  readonly level: AuditLevel;
  readonly request: AuditedRequest;
  readonly impersonated: UserInfo | undefined;
}

/**
 * One `audit.k8s.io/v1` Event as JSON, field by field in the order of the type: this runs for every write, and a value that is
 * made only to be stringified costs several times as much.
 */
export function formatEvent({ level, request, impersonated }: EventHead, parts: EventParts): string {
  const { auditId, uri, userAgent, sourceIps, receivedAtMs, user, target } = request;
  let text = `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"${level}","auditID":${quote(auditId)}`;
  text += `,"stage":"${parts.stage}","requestURI":${quote(uri)},"verb":${quote(target.verb)},"user":${userText(user)}`;
  if (impersonated !== undefined) text += `,"impersonatedUser":${userText(impersonated)}`;
  if (sourceIps.length > 0) text += `,"sourceIPs":${sourcesText(sourceIps)}`;
  if (userAgent !== '') text += `,"userAgent":${quote(userAgent)}`;
  if (target.isResource) text += `,"objectRef":${referenceText(request, parts.object)}`;
  if (parts.code !== undefined) text += `,"responseStatus":${statusText(parts.code, parts.status)}`;
  if (parts.requestObject !== undefined) text += `,"requestObject":${parts.requestObject}`;
  if (parts.responseObject !== undefined) text += `,"responseObject":${parts.responseObject}`;
  text += `,"requestReceivedTimestamp":"${timeText(receivedAtMs)}","stageTimestamp":"${timeText(parts.atMs)}"`;
  return parts.annotations.size === 0 ? `${text}}` : `${text},"annotations":${annotationsText(parts.annotations)}}`;
}

/** Printable ASCII but for quotes and backslashes: nearly every text there is, and a third of the price of `stringify`. */
const plainText = /^[ !#-[\]-~]*$/;

function quote(text: string): string {
  return plainText.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** The same few users and addresses send nearly everything. */
const userTexts = new WeakMap<UserInfo, string>();
const sourceTexts = new WeakMap<readonly string[], string>();

function userText(user: UserInfo | undefined): string {
  if (user === undefined) return '{}';
  return userTexts.getOrInsertComputed(user, ({ name, uid, groups, extra }) => {
    const known = { username: name, ...(uid === undefined ? {} : { uid }), groups };
    return JSON.stringify(extra === undefined ? known : { ...known, extra });
  });
}

function sourcesText(sources: readonly string[]): string {
  return sourceTexts.getOrInsertComputed(sources, (list) => JSON.stringify(list));
}

function referenceText({ target }: AuditedRequest, object: EventParts['object'] = {}): string {
  const { resource, group, version, subresource } = target;
  const namespace = target.namespace === '' ? (object.namespace ?? '') : target.namespace;
  const name = target.name === '' ? (object.name ?? '') : target.name;
  let text = `{"resource":${quote(resource)}`;
  if (namespace !== '') text += `,"namespace":${quote(namespace)}`;
  if (name !== '') text += `,"name":${quote(name)}`;
  if (object.uid !== undefined) text += `,"uid":${quote(object.uid)}`;
  if (group !== '') text += `,"apiGroup":${quote(group)}`;
  text += `,"apiVersion":${quote(version)}`;
  if (object.revision !== undefined) text += `,"resourceVersion":"${object.revision}"`;
  if (subresource !== '') text += `,"subresource":${quote(subresource)}`;
  return `${text}}`;
}

/** Of a Status only what says how it went: the rest is in the object (apiserver `audit.LogResponseObject`). */
function statusText(code: number, status: object | undefined): string {
  if (status === undefined) return `{"metadata":{},"code":${code}}`;
  const { status: word, message, reason, details } = status as Readonly<Record<string, unknown>>;
  return JSON.stringify({ metadata: {}, status: word, message, reason, details, code });
}

function annotationsText(annotations: ReadonlyMap<string, string>): string {
  let text = '';
  for (const [key, value] of annotations) text += `${text === '' ? '{' : ','}${quote(key)}:${quote(value)}`;
  return `${text}}`;
}

/** Many records are of the same millisecond. */
let lastMs = Number.NaN;
let lastText = '';

function timeText(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastText = formatMicroTime(ms);
  }
  return lastText;
}
