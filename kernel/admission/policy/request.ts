import { changeReason } from '../../ports/change-reason.ts';
import type { AskAuthorizer, AuthorizationQuestion } from '../../schema/cel/library/authorizer.ts';
import type { Authorizer, UserInfo } from '../../ports/auth.ts';
import { type MatchedWrite, operationName } from '../matching.ts';

/** A request as policies and webhooks are told of it (`admission.k8s.io/v1` AdmissionRequest, without the objects). */
export interface RequestValue {
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly requestKind: RequestValue['kind'];
  readonly requestResource: RequestValue['resource'];
  readonly requestSubResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: string;
  readonly userInfo: UserValue;
  readonly dryRun: boolean;
  readonly options: object;
}

/** `authentication.k8s.io/v1` UserInfo; what is empty is left out. */
interface UserValue {
  readonly username?: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const optionsKinds = { create: 'CreateOptions', update: 'UpdateOptions', delete: 'DeleteOptions' };

/**
 * Describes a request: `request` of expressions, and what webhooks get. Its `options` have one field of our own,
 * `changeReason`: why the change is made, absent when neither the request nor the object says so.
 * @param version the version the object is looked at in.
 */
export function requestValue(
  write: Pick<MatchedWrite, 'attributes' | 'object' | 'version'>,
  version: string,
): RequestValue {
  const { attributes, object, version: requestVersion } = write;
  const reason = changeReason(attributes.changeReason, object, attributes.old);
  const { definition, subresource, name, namespace, operation, user, dryRun } = attributes;
  const { group, kind, plural } = definition;
  const isNamespace = group === '' && plural === 'namespaces';
  const shownNamespace = isNamespace ? name : namespace;
  return {
    kind: { group, version, kind },
    resource: { group, version, resource: plural },
    ...(subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource }),
    requestKind: { group, version: requestVersion, kind },
    requestResource: { group, version: requestVersion, resource: plural },
    ...(name === '' ? {} : { name }),
    ...(shownNamespace === '' ? {} : { namespace: shownNamespace }),
    operation: operationName(operation),
    userInfo: userValue(user),
    dryRun,
    options: {
      kind: optionsKinds[operation],
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun ? { dryRun: ['All'] } : {}),
      ...(reason === undefined ? {} : { changeReason: reason }),
    },
  };
}

function userValue({ name, uid, groups, extra }: UserInfo): UserValue {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    ...(groups.length === 0 ? {} : { groups }),
    ...(extra === undefined ? {} : { extra }),
  };
}

/** Lets expressions ask what the user of the request, or a ServiceAccount, may do. */
export function askFor(authorizer: Authorizer, user: UserInfo): AskAuthorizer {
  return (question) => {
    const { verb, path, group = '', resource = '', subresource = '', namespace = '', name = '' } = question;
    const asked = { user: askedUser(question, user), verb, group, resource, subresource, namespace, name };
    const { verdict, reason } = authorizer.authorize(path === undefined ? asked : { ...asked, path });
    return { allowed: verdict === 'allow', reason };
  };
}

function askedUser({ serviceAccount }: AuthorizationQuestion, user: UserInfo): UserInfo {
  if (serviceAccount === undefined) return user;
  const { namespace, name } = serviceAccount;
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'];
  return { name: `system:serviceaccount:${namespace}:${name}`, groups };
}
