import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { KubeObject } from '../../meta/object.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { any, object } from '../../schema/schema.ts';
import { ruleAllows } from '../rules.ts';
import { GraphAuthorizer } from './graph-authorizer.ts';

/** What test objects say; absent parts are not there. */
interface Part extends KubeObject {
  readonly user?: string;
  readonly works?: string;
  readonly leadsTo?: readonly string[];
  readonly pinned?: string;
  readonly digest?: string;
  readonly parts?: readonly string[];
}

function kindOf(plural: string, authorization: KindDefinition<Part>['authorization']): KindDefinition {
  const definition: KindDefinition<Part> = {
    group: 'test.dev',
    kind: plural.toUpperCase(),
    plural,
    singular: plural,
    scope: 'Namespaced',
    storageVersion: 'v1',
    versions: [{ name: 'v1', served: true, columns: [], schema: object({ spec: any() }) }],
    statusSubresource: false,
    history: 'none',
    ...(authorization === undefined ? {} : { authorization }),
  };
  return definition;
}

const groups = ['test.dev'];
const users = kindOf('users', {
  identity: ({ metadata, user, works }) =>
    user === undefined
      ? undefined
      : {
          user,
          group: 'family',
          rules: [
            { verbs: ['get'], groups, resources: ['users'], names: [metadata.name] },
            { verbs: ['get', 'list'], groups, resources: ['works'], namespaces: [works ?? ''] },
          ],
          reason: 'own',
        },
});
const works = kindOf('works', {
  leadsTo: ({ leadsTo = [], pinned }) =>
    leadsTo.map((name) => ({
      to: { resource: 'bundles.test.dev', namespace: 'a', name },
      ...(pinned === undefined ? {} : { digest: pinned }),
    })),
});
const bundles = kindOf('bundles', { content: ({ digest = '', parts = [] }) => ({ digest, parts }) });
const kinds = { users, works, bundles };
type KindName = keyof typeof kinds;

const names = ['one', 'two', 'three'];
const digests = ['d1', 'd2', 'd3'];
const namespaces = ['a', 'b'];
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

const partArbitrary = fc.record({
  kind: fc.constantFrom<KindName>('users', 'works', 'bundles'),
  namespace: fc.constantFrom(...namespaces),
  name: fc.constantFrom(...names),
  isGone: fc.boolean(),
  user: maybe(fc.constantFrom('u1', 'u2')),
  works: fc.constantFrom(...namespaces),
  leadsTo: fc.subarray(names),
  pinned: maybe(fc.constantFrom(...digests)),
  digest: fc.constantFrom(...digests),
  parts: fc.subarray(digests),
});
type Change = typeof partArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Everything there is, looked at from the beginning for each question. */
type World = ReadonlyMap<string, Change>;

function naivelyAllowed(world: World, user: string, asked: Parameters<GraphAuthorizer['authorize']>[0]): boolean {
  if (!asked.user.groups.includes('family')) return false;
  return world.values().some(
    (part) =>
      part.kind === 'users' &&
      part.user === user &&
      [
        { verbs: ['get'], groups, resources: ['users'], names: [part.name] },
        { verbs: ['get', 'list'], groups, resources: ['works'], namespaces: [part.works] },
      ].some((rule) => ruleAllows(rule, asked)),
  );
}

function naivelyLeads(world: World, namespace: string, name: string, digest: string): boolean {
  const work = world.get(`works ${namespace} ${name}`);
  return (work?.leadsTo ?? []).some((target) => {
    const bundle = world.get(`bundles a ${target}`);
    if (bundle === undefined || (work?.pinned !== undefined && work.pinned !== bundle.digest)) return false;
    return bundle.parts.includes(digest);
  });
}

function asObject({ kind, namespace, name, isGone: _isGone, ...said }: Change): Part {
  const metadata = { name, namespace, uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return { apiVersion: 'test.dev/v1', kind, metadata, ...Object.fromEntries(given) };
}

function compare(graph: GraphAuthorizer, world: World): void {
  for (const user of ['u1', 'u2', 'u3']) {
    for (const group of ['family', 'others']) {
      for (const resource of ['users', 'works', 'bundles']) {
        for (const name of names) {
          const [verb, namespace = ''] = [name === 'one' ? 'list' : 'get', namespaces[name.length % 2]];
          const who = { name: user, groups: [group] };
          const asked = { user: who, verb, group: 'test.dev', resource, subresource: '', namespace, name };
          const wanted = naivelyAllowed(world, user, asked) ? 'allow' : 'noOpinion';
          assert.equal(graph.authorize(asked).verdict, wanted);
        }
      }
    }
  }
  for (const namespace of namespaces) {
    for (const name of names) {
      for (const digest of digests) {
        const key = { resource: 'works.test.dev', namespace, name };
        assert.equal(graph.leadsTo(key, digest), naivelyLeads(world, namespace, name, digest));
      }
    }
  }
}

test('GraphAuthorizer decides after every change as if it looked at all objects', () => {
  fc.assert(
    fc.property(fc.array(partArbitrary, { maxLength: 30 }), (changes) => {
      const graph = new GraphAuthorizer();
      const world = new Map<string, Change>();
      for (const change of changes) {
        const { kind, namespace, name, isGone } = change;
        const key = `${kind} ${namespace} ${name}`;
        if (isGone) {
          world.delete(key);
          graph.remove(kinds[kind], { namespace, name });
        } else {
          world.set(key, change);
          graph.put(kinds[kind], { namespace, name, parsed: () => asObject(change) });
        }
        compare(graph, world);
      }
    }),
    { numRuns: 200 },
  );
});

test('GraphAuthorizer lists the rules of a user, and has no word on paths', () => {
  const graph = new GraphAuthorizer();
  const site = { user: 'u1', works: 'a' };
  const metadata = { name: 'one', namespace: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  graph.put(users, {
    namespace: 'a',
    name: 'one',
    parsed: () => ({ apiVersion: 'test.dev/v1', kind: 'users', metadata, ...site }),
  });
  const who = { name: 'u1', groups: ['family'] };
  assert.equal(graph.rulesFor(who, 'a').resourceRules.length, 2);
  assert.equal(graph.rulesFor(who, 'b').resourceRules.length, 1);
  assert.deepEqual(graph.rulesFor({ ...who, groups: [] }, 'a').resourceRules, []);
  const asked = { user: who, verb: 'get', group: '', resource: '', subresource: '', namespace: '', name: '' };
  assert.equal(graph.authorize({ ...asked, path: '/healthz' }).verdict, 'noOpinion');
});

test('GraphAuthorizer works out what an object leads to when it is first asked, and once', () => {
  const graph = new GraphAuthorizer();
  let parses = 0;
  const metadata = { name: 'w', namespace: 'a', uid: 'u', resourceVersion: '1', creationTimestamp: '' };
  const parsed = () => {
    parses++;
    return { apiVersion: 'test.dev/v1', kind: 'works', metadata, leadsTo: ['x'] };
  };
  graph.put(works, { namespace: 'a', name: 'w', parsed });
  assert.equal(parses, 0);
  const key = { resource: 'works.test.dev', namespace: 'a', name: 'w' };
  for (let asked = 0; asked < 3; asked++) assert.equal(graph.leadsTo(key, 'd1'), false);
  assert.equal(parses, 1);
});
