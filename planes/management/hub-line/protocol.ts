import type { Json, JsonObject } from '../../../kernel/meta/object.ts';
import { isJsonObject } from '../../../kernel/meta/object.ts';
import {
  countField,
  listField,
  objectField,
  optionalTextField,
  textField,
  textMap,
  wrongField,
} from '../request-body/fields.ts';
import { type Site, managementApiVersion } from '../site/type.ts';
import type { Work } from '../work/type.ts';

/** Version of the protocol between agent and hub. A hub serves agents of this and the two earlier versions. */
export const protocolVersion = 1;
/** Oldest protocol version a hub still serves. */
export const protocolVersionMin = 1;
/** Largest body of a sync, bytes: digests of some ten thousand Works. */
export const syncBodyBytesMax = 2 * 1024 * 1024;
/** Works in one answer to a sync; the rest comes with the next one. */
export const syncWorksMax = 200;
/** Interval of heartbeats unless the hub says otherwise, seconds. */
export const heartbeatSecondsDefault = 10;
/** Heartbeats that may be missing until a site counts as unreachable. */
export const missedHeartbeatsMax = 3;

/** Path of a subresource of a Site at the hub. */
export function sitePath(
  siteName: string,
  subresource: 'sync' | 'heartbeat' | 'journal' | 'session' | 'renew',
): string {
  return `/apis/${managementApiVersion}/sites/${encodeURIComponent(siteName)}/${subresource}`;
}

/** Path of a blob of a Work at the hub. */
export function workBlobPath(namespace: string, workName: string, digest: string): string {
  return `/apis/${managementApiVersion}/namespaces/${namespace}/works/${encodeURIComponent(workName)}/blobs/${digest}`;
}

/**
 * What the agent says first, and again while the sets differ: the root digest alone; then, if the hub answers with its
 * bucket digests, the digests of the Works in the buckets that differ.
 */
export interface SyncRequest {
  readonly protocol: number;
  readonly agentVersion: string;
  readonly boot: { readonly count: number; readonly id: string };
  /** Epoch of the hub the site follows; absent the first time. */
  readonly hubEpoch?: string | undefined;
  readonly rootDigest: string;
  /** Digest per Work name, for each bucket that differs. */
  readonly works?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
}

/** The hub's answer to a sync. */
export interface SyncAnswer {
  readonly hubId: string;
  readonly hubEpoch: string;
  readonly heartbeatSeconds: number;
  /** Time at the hub, RFC 3339. */
  readonly time: string;
  /** Watch Works from here. */
  readonly resourceVersion: string;
  /** The sets are equal. */
  readonly current: boolean;
  /** Digest per bucket; only when the sets differ. */
  readonly buckets?: Readonly<Record<string, string>>;
  /** Works of the named buckets that differ; at most `syncWorksMax`. */
  readonly works?: readonly Work[];
  /** Names in the named buckets that the hub does not know. Nothing follows from that but a condition. */
  readonly missing?: readonly string[];
  /** Not all Works fitted: sync again. */
  readonly more?: boolean;
}

/** By which authorities a site knows its hub, and which one signed its certificate: sha256 of certificates, hexadecimal. */
export type SiteAuthorities = NonNullable<NonNullable<Site['status']>['authorities']>;

/** Most authorities a site says it trusts. */
const authoritiesMax = 4;

/** Sent every interval. */
export interface Heartbeat {
  readonly rootDigest: string;
  /** Time at the site, RFC 3339. */
  readonly time: string;
  readonly pods: NonNullable<NonNullable<Site['status']>['pods']>;
  readonly capacity: Readonly<Record<string, string>>;
  /** The authorities of the hub as the site knows them; absent where somebody else keeps them, or from older agents. */
  readonly authorities?: SiteAuthorities | undefined;
  /** Why the site waits for a person before it follows the hub; empty when it does not. */
  readonly held: string;
}

/** The hub's answer to a heartbeat. */
export interface HeartbeatAnswer {
  readonly heartbeatSeconds: number;
  /** The sets differ: sync. */
  readonly resync: boolean;
}

/** Reads the body of a sync. @throws {ApiError} `BadRequest`. */
export function decodeSyncRequest(body: JsonObject): SyncRequest {
  const boot = objectField(body, 'boot');
  const works = body['works'] === undefined ? undefined : objectField(body, 'works');
  return {
    protocol: countField(body, 'protocol'),
    agentVersion: textField(body, 'agentVersion', 64),
    boot: { count: countField(boot, 'count'), id: textField(boot, 'id', 64) },
    hubEpoch: optionalTextField(body, 'hubEpoch', 128),
    rootDigest: textField(body, 'rootDigest', 128),
    works:
      works === undefined
        ? undefined
        : Object.fromEntries(Object.keys(works).map((bucket) => [bucket, textMap(objectField(works, bucket), bucket)])),
  };
}

/** Reads the answer to a sync. @throws {ApiError} `BadRequest`. */
export function decodeSyncAnswer(body: JsonObject): SyncAnswer {
  const { current, more } = body;
  if (typeof current !== 'boolean') throw wrongField('current', 'true or false', current);
  return {
    hubId: textField(body, 'hubId', 128),
    hubEpoch: textField(body, 'hubEpoch', 128),
    heartbeatSeconds: countField(body, 'heartbeatSeconds'),
    time: textField(body, 'time', 64),
    resourceVersion: textField(body, 'resourceVersion', 64),
    current,
    ...(body['buckets'] === undefined ? {} : { buckets: textMap(objectField(body, 'buckets'), 'buckets') }),
    ...(body['works'] === undefined ? {} : { works: listField(body, 'works', syncWorksMax).map(decodeWork) }),
    ...(body['missing'] === undefined ? {} : { missing: listField(body, 'missing', 100_000).map(String) }),
    more: more === true,
  };
}

/** Reads a heartbeat. @throws {ApiError} `BadRequest`. */
export function decodeHeartbeat(body: JsonObject): Heartbeat {
  const pods = objectField(body, 'pods');
  return {
    rootDigest: textField(body, 'rootDigest', 128),
    time: textField(body, 'time', 64),
    pods: { ready: countField(pods, 'ready'), total: countField(pods, 'total') },
    capacity: textMap(objectField(body, 'capacity'), 'capacity'),
    authorities: body['authorities'] === undefined ? undefined : decodeAuthorities(objectField(body, 'authorities')),
    held: optionalTextField(body, 'held', 256) ?? '',
  };
}

function decodeAuthorities(body: JsonObject): SiteAuthorities {
  const trusted = listField(body, 'trusted', authoritiesMax).map((fingerprint) => {
    if (typeof fingerprint !== 'string' || !fingerprintPattern.test(fingerprint))
      throw wrongField('authorities.trusted[]', 'a sha256, hexadecimal', fingerprint);
    return fingerprint;
  });
  const signedBy = textField(body, 'signedBy', 64);
  if (signedBy !== '' && !fingerprintPattern.test(signedBy))
    throw wrongField('authorities.signedBy', 'a sha256, hexadecimal, or empty', signedBy);
  return { trusted, signedBy };
}

const fingerprintPattern = /^[0-9a-f]{64}$/;

/** Reads the answer to a heartbeat. @throws {ApiError} `BadRequest`. */
export function decodeHeartbeatAnswer(body: JsonObject): HeartbeatAnswer {
  return { heartbeatSeconds: countField(body, 'heartbeatSeconds'), resync: body['resync'] === true };
}

function decodeWork(value: Json): Work {
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  if (
    !isJsonObject(value) ||
    !isJsonObject(metadata) ||
    typeof metadata['name'] !== 'string' ||
    typeof metadata['uid'] !== 'string'
  ) {
    throw wrongField('works[]', 'a Work', value);
  }
  return value as JsonObject & Work;
}
