import type { Random } from '../../base/random.ts';
import { formatTime } from '../../base/clock.ts';
import { ApiError, ConflictError, type FieldError, InvalidError, NotFoundError } from '../../meta/errors.ts';
import { isJsonObject, type JsonObject, type KubeObject, parseApiVersion } from '../../meta/object.ts';
import type { ObjectReference, TokenClaims, TokenIssuer } from '../../ports/auth.ts';
import type { ComputedSubresource } from '../../ports/endpoint.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { standardSchema } from '../../schema/standard/standard.ts';
import type { AuthenticationV1TokenRequest, Pod } from '../../schema/standard/types.ts';

/** Life of tokens that ask for none, and the bounds of what may be asked for, seconds (Kubernetes TokenRequest). */
const expirationSecondsDefault = 3_600;
const expirationSecondsMin = 600;
const expirationSecondsMax = 2 ** 32;

/** What a TokenRequest is answered with. */
export interface TokenRequestPorts {
  readonly issuer: TokenIssuer;
  /** An object of the core group as clients see it now. */
  readonly find: (resource: string, namespace: string, name: string) => KubeObject | undefined;
  readonly random: Random;
}

/** Asks for a token of a ServiceAccount (`authentication.k8s.io/v1.TokenRequest`). */
const tokenRequestKind: KindDefinition<AuthenticationV1TokenRequest> = {
  group: 'authentication.k8s.io',
  kind: 'TokenRequest',
  plural: 'tokenrequests',
  singular: 'tokenrequest',
  scope: 'Namespaced',
  storageVersion: 'v1',
  versions: [{ name: 'v1', served: true, schema: standardSchema('authentication/v1.TokenRequest'), columns: [] }],
  statusSubresource: false,
  history: 'none',
};

/** `serviceaccounts/token`: signs a token of the account, bound to an object if that is asked for (`kubectl create token`). */
export function serviceAccountTokens({ issuer, find, random }: TokenRequestPorts): ComputedSubresource {
  return {
    resource: 'serviceaccounts',
    subresource: 'token',
    definition: tokenRequestKind,
    async create({ body, namespace, receivedAtMs }, name) {
      requirePlace(body, namespace, name);
      const account = find('serviceaccounts', namespace, name);
      if (account === undefined) throw new NotFoundError({ resource: 'serviceaccounts', namespace, name });
      const spec = readSpec(body, issuer.ownAudience);
      const bound = spec.boundTo === undefined ? {} : bindTo(spec.boundTo, { namespace, name, find });
      const issuedAtMs = Math.floor(receivedAtMs / 1_000) * 1_000;
      const expiresAtMs = issuedAtMs + spec.expirationSeconds * 1_000;
      const token = await issuer.issueToken({
        audiences: spec.audiences,
        issuedAtMs,
        notBeforeMs: issuedAtMs,
        expiresAtMs,
        tokenId: random.uuid(),
        namespace,
        serviceAccount: referenceOf(account),
        ...bound,
      });
      const { audiences, expirationSeconds, boundTo } = spec;
      return {
        ...body,
        metadata: { name, namespace, creationTimestamp: formatTime(receivedAtMs) },
        spec: { audiences, expirationSeconds, ...(boundTo === undefined ? {} : { boundObjectRef: boundTo }) },
        status: { token, expirationTimestamp: formatTime(expiresAtMs) },
      };
    },
  };
}

/** @throws {ApiError} `BadRequest` when the body is about another account than the path. */
function requirePlace({ metadata }: JsonObject, namespace: string, name: string): void {
  const given = isJsonObject(metadata) ? metadata : {};
  const { name: givenName = '', namespace: givenNamespace = '' } = given;
  if (givenNamespace !== '' && givenNamespace !== namespace) {
    const text = 'the namespace of the provided object does not match the namespace sent on the request';
    throw new ApiError('BadRequest', text);
  }
  if (givenName === '' || givenName === name) return;
  const names = `the name of the object (${JSON.stringify(givenName)}) does not match the name on the URL (${name})`;
  throw new ApiError('BadRequest', names);
}

interface TokenRequestSpec {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly boundTo: JsonObject | undefined;
}

/** @throws {ApiError} `Invalid` (Kubernetes `ValidateTokenRequest`). */
function readSpec(body: JsonObject, ownAudience: string): TokenRequestSpec {
  const spec = isJsonObject(body['spec']) ? body['spec'] : {};
  const asked = Array.isArray(spec['audiences'])
    ? spec['audiences'].filter((audience) => typeof audience === 'string')
    : [];
  const seconds = typeof spec['expirationSeconds'] === 'number' ? spec['expirationSeconds'] : expirationSecondsDefault;
  const tooShort = 'may not specify a duration less than 10 minutes';
  const tooLong = 'may not specify a duration larger than 2^32 seconds';
  const detail = seconds < expirationSecondsMin ? tooShort : seconds > expirationSecondsMax ? tooLong : undefined;
  if (detail !== undefined) {
    const error: FieldError = { type: 'Invalid', path: 'spec.expirationSeconds', value: seconds, detail };
    throw new InvalidError({ kind: 'TokenRequest', group: 'authentication.k8s.io', name: '' }, [error]);
  }
  const { boundObjectRef } = spec;
  return {
    audiences: asked.length === 0 ? [ownAudience] : asked,
    expirationSeconds: seconds,
    boundTo: isJsonObject(boundObjectRef) ? boundObjectRef : undefined,
  };
}

type Bound = Pick<TokenClaims, 'pod' | 'secret' | 'node'>;
type Account = Pick<TokenRequestPorts, 'find'> & { readonly namespace: string; readonly name: string };

/** Claims that end the token with another object. @throws {ApiError} when it is not there, or not what it should be. */
function bindTo(reference: JsonObject, { namespace, name, find }: Account): Bound {
  const text = (field: string) => (typeof reference[field] === 'string' ? reference[field] : '');
  const { group } = parseApiVersion(text('apiVersion'));
  const read = (resource: string, home: string): KubeObject => {
    const object = find(resource, home, text('name'));
    if (object === undefined) throw new NotFoundError({ resource, namespace: home, name: text('name') });
    requireUid(object, text('uid'), text('kind'));
    return object;
  };
  switch (group === '' ? text('kind') : '') {
    case 'Pod':
      return bindToPod(read('pods', namespace), name, find);
    case 'Secret':
      return { secret: referenceOf(read('secrets', namespace)) };
    case 'Node':
      return { node: referenceOf(read('nodes', '')) };
    default: {
      const type = `${text('apiVersion')}, Kind=${text('kind')}`;
      throw new ApiError('BadRequest', `cannot bind token to object of type ${type}`);
    }
  }
}

function bindToPod(pod: Pod, account: string, find: TokenRequestPorts['find']): Bound {
  if (pod.spec?.serviceAccountName !== account) {
    const text = `cannot bind token for serviceaccount ${JSON.stringify(account)} to pod running with different serviceaccount name.`;
    throw new ApiError('BadRequest', text);
  }
  const node = find('nodes', '', pod.spec?.nodeName ?? '');
  return { pod: referenceOf(pod), ...(node === undefined ? {} : { node: referenceOf(node) }) };
}

function requireUid({ metadata }: KubeObject, uid: string, kind: string): void {
  if (uid === '' || uid === metadata.uid) return;
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  throw new ConflictError({ resource: kind, namespace: '', name: metadata.name }, why);
}

function referenceOf({ metadata }: KubeObject): ObjectReference {
  return { name: metadata.name, uid: metadata.uid };
}
