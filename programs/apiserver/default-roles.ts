import { completeBinding, completeRole } from '../../kernel/auth/rbac/complete-defaults.ts';
import { defaultBindings, defaultRoles } from '../../kernel/auth/rbac/default-roles.ts';
import { rolesOfKinds } from '../../kernel/auth/rbac/roles-of-kinds.ts';
import { cacheKey } from '../../kernel/cache/cached-object.ts';
import type { ObjectCache } from '../../kernel/cache/object-cache.ts';
import { clusterRoleKind } from '../../kernel/kinds/clusterrole/type.ts';
import { clusterRoleBindingKind } from '../../kernel/kinds/clusterrolebinding/type.ts';
import type { KubeObject } from '../../kernel/meta/object.ts';
import { formatResource } from '../../kernel/meta/key.ts';
import type { Client } from '../../kernel/ports/client.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { unlessThere } from './start-objects.ts';

/** What `makeDefaultRoles` looks at. */
export interface DefaultRolesOptions {
  readonly cache: ObjectCache;
  /** All kinds that are served; those of planes get rights in the roles of people. */
  readonly kinds: readonly KindDefinition[];
}

/**
 * Makes the default roles and bindings, or adds what they lack; writes nothing where all is right. All writes are made at
 * once, so that they share a disk sync.
 */
export async function makeDefaultRoles(
  client: Client,
  { cache, kinds }: DefaultRolesOptions,
  signal: AbortSignal,
): Promise<void> {
  const stored = <T extends KubeObject>({ plural, group }: KindDefinition<T>, name: string) =>
    cache.resource(formatResource(plural, group)).get(cacheKey('', name))?.parsed() as T | undefined;
  const writes: Promise<unknown>[] = [];
  for (const role of [...defaultRoles, ...rolesOfKinds(kinds)]) {
    const existing = stored(clusterRoleKind, role.name);
    const next = completeRole(role, existing);
    if (next === undefined) continue;
    writes.push(
      existing === undefined
        ? unlessThere(client.create(clusterRoleKind, next, {}, signal))
        : client.update(clusterRoleKind, next, {}, signal),
    );
  }
  for (const binding of defaultBindings) {
    const existing = stored(clusterRoleBindingKind, binding.name);
    const next = completeBinding(binding, existing);
    if (next === undefined) continue;
    const create = () => unlessThere(client.create(clusterRoleBindingKind, next.binding, {}, signal));
    if (existing === undefined) writes.push(create());
    else if (!next.replaces) writes.push(client.update(clusterRoleBindingKind, next.binding, {}, signal));
    else writes.push(client.delete(clusterRoleBindingKind, { name: binding.name }, {}, signal).then(create));
  }
  await Promise.all(writes);
}
