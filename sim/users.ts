import { configMapKind } from '../kernel/kinds/configmap/type.ts';
import { namespaceKind } from '../kernel/kinds/namespace/type.ts';
import { isApiError } from '../kernel/meta/errors.ts';
import type { Draft, KubeObject } from '../kernel/meta/object.ts';
import type { Client, ObjectName } from '../kernel/ports/client.ts';
import type { KindDefinition } from '../kernel/schema/kind.ts';
import { applicationKind, type Application } from '../planes/application/application/type.ts';
import { deploymentKind } from '../planes/control/deployment/type.ts';
import { podKind } from '../planes/control/pod/type.ts';
import { placementKind } from '../planes/management/placement/type.ts';
import { siteKind } from '../planes/management/site/type.ts';
import { workFinalizer } from '../planes/management/work/plan.ts';
import { workKind } from '../planes/management/work/type.ts';
import {
  type ApplicationIntent,
  applicationNames,
  applicationOf,
  changedIntent,
  newIntent,
  pick,
  shopNamespace,
} from './applications.ts';
import type { Machine } from './machine.ts';
import { localUser } from './site-watch.ts';
import { currentObjects } from './state.ts';
import { keyOf, type SimulatedSite, type World } from './world.ts';

/** User of the hub. */
const hubUser = 'fleet-admin';
const forever = new AbortController().signal;

/** What users can do in a world. */
export type UserAction =
  | 'changeApplication'
  | 'createApplication'
  | 'deleteApplication'
  | 'changePlacement'
  | 'relabelSite'
  | 'forceWorkAway'
  | 'scaleAtSite'
  | 'editAtSite'
  | 'deleteAtSite'
  | 'deletePod'
  | 'writeOwn';

/** All of them. */
export const userActions: readonly UserAction[] = [
  'changeApplication',
  'createApplication',
  'deleteApplication',
  'changePlacement',
  'relabelSite',
  'forceWorkAway',
  'scaleAtSite',
  'editAtSite',
  'deleteAtSite',
  'deletePod',
  'writeOwn',
];

/** The people of a world: they want things, and remember what they were promised. */
export class Users {
  readonly #world: World;
  readonly #intents = new Map<string, ApplicationIntent>();
  /** Objects of their own that users wrote at sites and were told are stored, with the value they wrote last. */
  readonly owned = new Map<string, { readonly site: SimulatedSite; readonly name: string; values: Set<string> }>();
  #count = 0;
  /** Requests sent, and those answered with success. */
  actionCount = 0;
  acknowledgedCount = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Makes the sites known to the hub, a placement and a first application, trying until it is done. */
  async settleIn(): Promise<void> {
    const { sites, random } = this.#world;
    for (const [index, { name }] of sites.entries()) {
      await this.#insist(async (client) => {
        await ensure(client, siteKind, {
          metadata: { name, labels: { tier: index === 0 ? 'edge' : 'core', fleet: 'all' } },
          spec: { accepted: true },
        });
        const body = { status: { identity: { publicKeyFingerprint: keyOf(name) } } };
        await client.patch(siteKind, { name }, { type: 'merge', body }, { subresource: 'status' }, forever);
      });
    }
    await this.#insist(async (client) => {
      await ensure(client, namespaceKind, { metadata: { name: shopNamespace } });
      const metadata = { namespace: shopNamespace, name: 'edge' };
      await ensure(client, placementKind, { metadata, spec: { siteSelector: { matchLabels: { fleet: 'all' } } } });
    });
    for (const name of applicationNames) this.#intents.set(name, newIntent(name, random));
    const [first] = applicationNames;
    await this.#insist((client) => ensure(client, applicationKind, this.#draft(first)));
  }

  /** One action, chosen in detail by the world's random numbers; its outcome may never be known. */
  act(action: UserAction): void {
    this.actionCount++;
    const where = this.#isLocal(action) ? pick(this.#world.sites, this.#world.random) : undefined;
    void this.#attempt(where?.machine ?? this.#world.hub, action, (client) => this.#perform(action, client, where));
  }

  #isLocal(action: UserAction): boolean {
    return ['scaleAtSite', 'editAtSite', 'deleteAtSite', 'deletePod', 'writeOwn'].includes(action);
  }

  async #perform(action: UserAction, client: Client, site: SimulatedSite | undefined): Promise<Written> {
    switch (action) {
      case 'changeApplication':
        return this.#changeApplication(client);
      case 'createApplication':
        return this.#createApplication(client);
      case 'deleteApplication':
        return this.#deleteApplication(client);
      case 'changePlacement':
        return this.#changePlacement(client);
      case 'relabelSite':
        return this.#relabelSite(client);
      case 'forceWorkAway':
        return this.#forceWorkAway(client);
      case 'scaleAtSite':
        return this.#scale(client, site as SimulatedSite);
      case 'editAtSite':
        return this.#edit(client, site as SimulatedSite);
      case 'deleteAtSite':
        return this.#delete(client, site as SimulatedSite);
      case 'deletePod':
        return this.#deletePod(client, site as SimulatedSite);
      case 'writeOwn':
        return this.#writeOwn(client, site as SimulatedSite);
    }
  }

  async #changeApplication(client: Client): Promise<Written> {
    const name = pick(applicationNames, this.#world.random);
    const intent = changedIntent(this.#intents.get(name) as ApplicationIntent, this.#world.random);
    this.#intents.set(name, intent);
    const body = { spec: applicationOf(intent)['spec'] };
    return revisionOf(
      await client.patch(applicationKind, { namespace: shopNamespace, name }, { type: 'merge', body }, {}, forever),
    );
  }

  async #createApplication(client: Client): Promise<Written> {
    const name = pick(applicationNames, this.#world.random);
    return revisionOf(await client.create(applicationKind, this.#draft(name), {}, forever));
  }

  async #deleteApplication(client: Client): Promise<Written> {
    const name = pick(applicationNames, this.#world.random);
    return revisionOf(await client.delete(applicationKind, { namespace: shopNamespace, name }, {}, forever));
  }

  async #changePlacement(client: Client): Promise<Written> {
    const choices = [{ fleet: 'all' }, { fleet: 'all' }, { tier: 'edge' }, { tier: 'core' }];
    const body = {
      spec: { siteSelector: { matchLabels: { fleet: null, tier: null, ...pick(choices, this.#world.random) } } },
    };
    return revisionOf(
      await client.patch(
        placementKind,
        { namespace: shopNamespace, name: 'edge' },
        { type: 'merge', body },
        {},
        forever,
      ),
    );
  }

  async #relabelSite(client: Client): Promise<Written> {
    const { random, sites } = this.#world;
    const body = {
      metadata: { labels: { tier: pick(['edge', 'core'], random), fleet: pick(['all', 'all', 'none'], random) } },
    };
    return revisionOf(
      await client.patch(siteKind, { name: pick(sites, random).name }, { type: 'merge', body }, {}, forever),
    );
  }

  /** An administrator takes a Work away by force: no tombstone, so nothing may follow from it at the site. */
  async #forceWorkAway(client: Client): Promise<Written> {
    const works = currentObjects(this.#world.hub.disk, 'works.management.planform.dev').filter(
      ({ metadata }) => metadata.deletionTimestamp === undefined,
    );
    if (works.length === 0) return undefined;
    const { namespace = '', name } = pick(works, this.#world.random).metadata;
    const others = { metadata: { finalizers: null } };
    await client.patch(workKind, { namespace, name }, { type: 'merge', body: others }, {}, forever);
    this.#world.trace.note(hubUser, `took finalizer ${workFinalizer} from ${namespace}/${name}`);
    return revisionOf(await client.delete(workKind, { namespace, name }, {}, forever));
  }

  async #scale(client: Client, site: SimulatedSite): Promise<Written> {
    const at = this.#someOf(site, 'deployments.apps');
    if (at === undefined) return undefined;
    const body = { spec: { replicas: 1 + Math.floor(this.#world.random.nextFloat() * 3) } };
    return revisionOf(
      await client.patch(deploymentKind, at, { type: 'merge', body }, { fieldManager: 'kubectl-scale' }, forever),
    );
  }

  async #edit(client: Client, site: SimulatedSite): Promise<Written> {
    const at = this.#someOf(site, 'configmaps');
    if (at === undefined) return undefined;
    const body = { data: { color: `local-${++this.#count}` } };
    return revisionOf(
      await client.patch(configMapKind, at, { type: 'merge', body }, { fieldManager: 'kubectl-edit' }, forever),
    );
  }

  async #delete(client: Client, site: SimulatedSite): Promise<Written> {
    const isDeployment = this.#world.random.nextFloat() < 0.5;
    const at = this.#someOf(site, isDeployment ? 'deployments.apps' : 'configmaps');
    if (at === undefined) return undefined;
    return revisionOf(
      isDeployment
        ? await client.delete(deploymentKind, at, {}, forever)
        : await client.delete(configMapKind, at, {}, forever),
    );
  }

  async #deletePod(client: Client, site: SimulatedSite): Promise<Written> {
    const at = this.#someOf(site, 'pods');
    return at === undefined ? undefined : revisionOf(await client.delete(podKind, at, {}, forever));
  }

  /** An object that is no business of the hub: it must stay, with a value its owner wrote. */
  async #writeOwn(client: Client, site: SimulatedSite): Promise<Written> {
    const name = pick(['mine', 'ours'], this.#world.random);
    const value = `own-${++this.#count}`;
    const key = `${site.name}/${name}`;
    const known = this.owned.get(key);
    // Also a write whose answer never comes may have happened.
    known?.values.add(value);
    const object = { metadata: { namespace: 'default', name }, data: { value } };
    const written = await client.apply(configMapKind, object, { fieldManager: 'anna', force: true }, forever);
    const values = new Set([value, ...(this.owned.get(key)?.values ?? [])]);
    this.owned.set(key, { site, name, values });
    return revisionOf(written);
  }

  /** A delivered object (or pod) at a site; `undefined` when there is none. */
  #someOf({ machine }: SimulatedSite, resource: string): ObjectName | undefined {
    const candidates = currentObjects(machine.disk, resource).filter(
      ({ metadata }) => metadata.namespace === shopNamespace,
    );
    if (candidates.length === 0) return undefined;
    const { namespace = '', name } = pick(candidates, this.#world.random).metadata;
    return { namespace, name };
  }

  #draft(name: string): Draft<Application> {
    return applicationOf(this.#intents.get(name) as ApplicationIntent);
  }

  async #attempt(machine: Machine, what: string, act: (client: Client) => Promise<Written>): Promise<boolean> {
    const user = machine === this.#world.hub ? hubUser : localUser;
    const client = machine.clientOf(user);
    const { trace } = this.#world;
    if (client === undefined) {
      trace.note(user, `${what} at ${machine.name}: it is down`);
      return false;
    }
    try {
      const written = await act(client);
      trace.note(
        user,
        `${what} at ${machine.name}: ${written === undefined ? 'nothing to do' : `done at ${written.revision}`}`,
      );
      if (written === undefined) return true;
      this.acknowledgedCount++;
      machine.witness.writeAcknowledged({ what, revision: written.revision });
      return true;
    } catch (error) {
      trace.note(user, `${what} at ${machine.name}: ${(error as Error).message}`);
      if (isApiError(error, 'InternalError'))
        this.#world.violate('NoInternalError', `${what} at ${machine.name}: ${error.message}`);
      return false;
    }
  }

  /** Tries at the hub until it worked. */
  async #insist(act: (client: Client) => Promise<unknown>): Promise<void> {
    const { timeline, hub } = this.#world;
    for (;;) {
      // A crash swallows the answer: without one, try again.
      const outcome = this.#attempt(hub, 'settle in', async (client) => {
        await act(client);
        return undefined;
      });
      if (await Promise.race([outcome, timeline.sleep(3_000).then(() => false)])) return;
      await timeline.sleep(500);
    }
  }
}

type Written = { readonly revision: number } | undefined;

function revisionOf(answer: KubeObject | { readonly resourceVersion: string }): Written {
  return { revision: Number('metadata' in answer ? answer.metadata.resourceVersion : answer.resourceVersion) };
}

async function ensure<T extends KubeObject>(client: Client, kind: KindDefinition<T>, object: Draft<T>): Promise<void> {
  try {
    await client.create(kind, object, {}, forever);
  } catch (error) {
    if (!isApiError(error, 'AlreadyExists')) throw error;
  }
}
