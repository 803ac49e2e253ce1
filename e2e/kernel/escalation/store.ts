import type { Attacker } from '../../hostile/attacker.ts';

interface Group {
  readonly versions: readonly { readonly groupVersion: string }[];
}

interface Resource {
  readonly name: string;
  readonly verbs: readonly string[];
}

/** What comes and goes by itself. */
const restless = /\/(?:events|leases)$/;

/** Everything a server has stored, object by object, as its administrator reads it. */
export async function wholeStore(admin: Attacker): Promise<Readonly<Record<string, unknown>>> {
  const { groups } = (await admin.ask({ path: '/apis' })).json as { readonly groups: readonly Group[] };
  const roots = ['/api/v1', ...groups.flatMap(({ versions }) => versions.map((one) => `/apis/${one.groupVersion}`))];
  const store: Record<string, unknown> = {};
  for (const root of roots) {
    const { resources } = (await admin.ask({ path: root })).json as { readonly resources: readonly Resource[] };
    for (const { name, verbs } of resources) {
      const path = `${root}/${name}`;
      if (!verbs.includes('list') || restless.test(path)) continue;
      const { json } = await admin.ask({ path });
      store[path] = json['items'];
    }
  }
  return store;
}
