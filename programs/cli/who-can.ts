import { ruleAllows } from '../../kernel/auth/rules.ts';
import { type AccessQuestion, type AllowedSubject, whoCan } from '../../kernel/auth/rbac/who-can.ts';
import { clusterRoleKind } from '../../kernel/kinds/clusterrole/type.ts';
import { clusterRoleBindingKind } from '../../kernel/kinds/clusterrolebinding/type.ts';
import { roleKind } from '../../kernel/kinds/role/type.ts';
import { roleBindingKind } from '../../kernel/kinds/rolebinding/type.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import { isJsonObject, type Json, type KubeObject } from '../../kernel/meta/object.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { hubKinds } from '../../planes/management/index.ts';
import { accessQuestion, type AskedAccess, type DiscoveredResource, parseTarget } from './access-question.ts';
import { type Connection, connectHub } from './connect.ts';
import { CommandError } from './exit.ts';
import type { PlaceChoice } from './options.ts';
import { formatTable, note, type OutputFormat, print } from './output.ts';

/** Somebody who may do it. */
export interface Access {
  readonly kind: AllowedSubject['kind'];
  readonly name: string;
  readonly namespace?: string;
  /** `ClusterRoleBinding/admins`, `Site/north`, `built in`. */
  readonly by: string;
  /** `ClusterRole/admin`; absent where no role is involved. */
  readonly role?: string;
}

/** How the command was called. */
export interface WhoCanOptions extends Pick<AskedAccess, 'allNamespaces' | 'subresource'>, PlaceChoice {
  readonly output: OutputFormat;
}

/** Prints who may do something. @throws {CommandError} for what the server does not know, and without rights to read roles. */
export async function printWhoCan(verb: string, target: string, options: WhoCanOptions): Promise<void> {
  if (!target.startsWith('/')) parseTarget(target);
  await using server = await connectHub(options);
  const { namespace } = server;
  const question = accessQuestion({ ...options, verb, target, namespace }, await discover(server));
  const found = [
    ...(await byBindings(server, question)),
    ...(await byEdges(server, question)),
    { kind: 'Group', name: 'system:masters', by: 'built in' } as const,
  ];
  if (options.output === 'json') print(JSON.stringify({ question, subjects: found }, null, 2));
  else for (const line of formatAccess(question, found)) print(line);
}

/** What is printed. */
export function formatAccess(question: AccessQuestion, found: readonly Access[]): readonly string[] {
  const { verb, path, group, resource, subresource, namespace, name } = question;
  const whole = formatResource(subresource === '' ? resource : `${resource}/${subresource}`, group);
  const what = path ?? (name === '' ? whole : `${whole} "${name}"`);
  const where = path !== undefined ? '' : namespace === '' ? ' in the whole cluster' : ` in namespace "${namespace}"`;
  const rows = found.map(({ kind, name: who, namespace: home, by, role = '' }) => [
    kind,
    home === undefined ? who : `${home}/${who}`,
    by,
    role,
  ]);
  return [`These may ${verb} ${what}${where}:`, formatTable(['KIND', 'NAME', 'BY', 'ROLE'], rows)];
}

async function byBindings(server: Connection, question: AccessQuestion): Promise<readonly Access[]> {
  const { namespace } = question;
  const local = namespace === '' ? undefined : { namespace };
  const [clusterRoles, clusterRoleBindings, roles, roleBindings] = await Promise.all([
    listAll(server, clusterRoleKind),
    listAll(server, clusterRoleBindingKind),
    local === undefined ? [] : listAll(server, roleKind, local),
    local === undefined ? [] : listAll(server, roleBindingKind, local),
  ]);
  return whoCan(question, { clusterRoles, clusterRoleBindings, roles, roleBindings }).map(
    ({ binding, role, ...subject }) => ({
      ...subject,
      by: `${binding.kind}/${binding.name}`,
      role: `${role.kind}/${role.name}`,
    }),
  );
}

async function listAll<T extends KubeObject>(
  { client, signal }: Connection,
  kind: KindDefinition<T>,
  at: { readonly namespace?: string } = {},
): Promise<readonly T[]> {
  try {
    return (await client.list(kind, at, signal)).items;
  } catch (cause) {
    if (!isApiError(cause, 'Forbidden')) throw cause;
    const hint = 'this takes the right to list roles, rolebindings, clusterroles and clusterrolebindings';
    throw new CommandError(`Cannot say who can: ${cause.message}`, hint, { cause });
  }
}

/** Users that objects are (sites at a hub), as far as one may list the objects. */
async function byEdges(server: Connection, question: AccessQuestion): Promise<readonly Access[]> {
  const found: Access[] = [];
  for (const kind of hubKinds) {
    const { authorization } = kind;
    if (authorization?.identity === undefined) continue;
    try {
      for (const object of (await server.client.list(kind, {}, server.signal)).items) {
        const identity = authorization.identity(object);
        const asked = { ...question, user: { name: '', groups: [] } };
        const isAllowed =
          question.path === undefined && identity?.rules.some((rule) => ruleAllows(rule, asked)) === true;
        if (isAllowed) found.push({ kind: 'User', name: identity.user, by: `${kind.kind}/${object.metadata.name}` });
      }
    } catch (error) {
      if (isApiError(error, 'Forbidden')) note(`not looked at: users that ${kind.plural} are (you may not list them)`);
      // A server that is no hub has none.
      else if (!isApiError(error, 'NotFound')) throw error;
    }
  }
  return found;
}

/** Everything the server offers, of all groups in their preferred versions. */
async function discover(server: Connection): Promise<readonly DiscoveredResource[]> {
  const { value: body } = await server.request({ method: 'GET', path: '/apis' });
  const groups = listOf(body, 'groups').flatMap((group) => {
    const { name, preferredVersion } = group;
    const groupVersion = isJsonObject(preferredVersion) ? preferredVersion['groupVersion'] : undefined;
    if (typeof name !== 'string' || typeof groupVersion !== 'string') return [];
    return [{ group: name, path: `/apis/${groupVersion}` }];
  });
  const lists = await Promise.all(
    [{ group: '', path: '/api/v1' }, ...groups].map(async ({ group, path }) => {
      const answer = await server.request({ method: 'GET', path });
      return listOf(answer.value, 'resources').flatMap((resource) => discovered(resource, group));
    }),
  );
  return lists.flat();
}

function discovered(resource: { readonly [key: string]: Json }, group: string): readonly DiscoveredResource[] {
  const { name, singularName, shortNames, kind, namespaced, verbs } = resource;
  if (typeof name !== 'string' || typeof kind !== 'string') return [];
  const texts = (value: Json | undefined) =>
    Array.isArray(value) ? (value as readonly Json[]).filter((one) => typeof one === 'string') : [];
  const singular = typeof singularName === 'string' ? singularName : '';
  const described = { kind, namespaced: namespaced === true, verbs: texts(verbs), shortNames: texts(shortNames) };
  return [{ group, name, singularName: singular, ...described }];
}

function listOf(body: unknown, field: string): readonly { readonly [key: string]: Json }[] {
  const list = isJsonObject(body) ? body[field] : undefined;
  return Array.isArray(list) ? (list as readonly Json[]).filter(isJsonObject) : [];
}
