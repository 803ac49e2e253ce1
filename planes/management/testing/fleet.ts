import type { Grant } from '../../../kernel/auth/authorizers.ts';
import { type LogFields, type Logger, silentLogger } from '../../../kernel/base/logger.ts';
import { seededRandom } from '../../../kernel/base/random.ts';
import { VirtualClock } from '../../../kernel/base/virtual-clock.ts';
import { memoryBlobs } from '../../../kernel/blobs/memory-blobs.ts';
import { handlerTransport } from '../../../kernel/client/http/handler-transport.ts';
import type { Transport } from '../../../kernel/client/http/transport.ts';
import { ApiError } from '../../../kernel/meta/errors.ts';
import type { UserInfo } from '../../../kernel/ports/auth.ts';
import type { Client } from '../../../kernel/ports/client.ts';
import { sha256Digest } from '../../../kernel/ports/digest.ts';
import { MemoryDisk } from '../../../kernel/store/memory/memory-disk.ts';
import { MemoryRowsDisk, openMemoryRows } from '../../../kernel/store/memory/memory-rows.ts';
import { openMemoryStore } from '../../../kernel/store/memory/memory-store.ts';
import { hubConnection } from '../../../programs/agent/dialer.ts';
import { type Kernel, type PlaneParts, type PlanePorts, assembleKernel } from '../../../programs/apiserver/assemble.ts';
import { applicationKinds, hubControllers as applicationControllers } from '../../application/index.ts';
import { controlKinds } from '../../control/index.ts';
import { kernelKinds } from '../../../kernel/kinds/index.ts';
import { BundleLibrary } from '../bundle-content/library.ts';
import type { HubDialer } from '../hub-line/connection.ts';
import { runHubLine } from '../hub-line/line.ts';
import { HubLink } from '../hub-line/link.ts';
import { SiteSessions } from '../hub-line/sessions.ts';
import type { CertificateSigner } from '../identity/certificate-signer.ts';
import { deliveryRules, hubLineRules, isDeliverable, joiningRules, siteLineRules } from '../identity/rules.ts';
import { deliveryUser, hubLineUser, joiningGroup, siteLineUser, sitesGroup } from '../identity/users.ts';
import {
  chooseSites,
  hubControllers,
  hubKinds,
  hubSubresources,
  namespaceGuard,
  siteControllers,
  siteKinds,
} from '../index.ts';
import { joinTokenAuthenticator } from '../jointoken/authenticator.ts';
import { formatJoinToken } from '../jointoken/join-file.ts';
import { type JoinToken, joinTokenKind } from '../jointoken/type.ts';
import { managementApiVersion, siteKind } from '../site/type.ts';

/** Where the id of the hub is known to tests. */
export const hubId = 'hub-a';
/** A person with all rights. */
export const admin: UserInfo = { name: 'alice', groups: ['system:masters', 'system:authenticated'] };

const runtime = { name: 'test', platform: 'test' };

/** A kernel that runs, and what keeps it. */
interface Running {
  readonly kernel: Kernel;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** The hub of a fleet. */
export class TestHub {
  readonly disk: MemoryDisk;
  readonly blobContents = new Map<string, Uint8Array>();
  readonly blobs = memoryBlobs(this.blobContents);
  readonly #clock: VirtualClock;
  #running: Running | undefined;

  constructor(clock: VirtualClock, epoch: string) {
    this.#clock = clock;
    this.disk = new MemoryDisk(epoch);
  }

  get kernel(): Kernel {
    if (this.#running === undefined) throw new Error('The hub is not running');
    return this.#running.kernel;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** A client with all rights. */
  get client(): Client {
    return this.kernel.clientFor(admin);
  }

  async start(): Promise<void> {
    this.#running = await startKernel(this.#clock, this.disk, 'hub', [...hubKinds, ...applicationKinds], (ports) =>
      this.#plug(ports),
    );
  }

  async stop(): Promise<void> {
    await stopKernel(this.#running);
    this.#running = undefined;
  }

  #plug({ clientFor, edges, clock, random, log }: PlanePorts): PlaneParts {
    const sessions = new SiteSessions(clock);
    const { blobs } = this;
    const hub = {
      client: clientFor(hubLineUser),
      sessions,
      hubId,
      hubEpoch: this.disk.epoch,
      blobs,
      edges,
      signer: testSigner,
      clock,
      random,
      log,
    };
    const delivered = [...kernelKinds, ...controlKinds];
    const findKind = (apiVersion: string, kind: string) =>
      delivered.find(
        (known) =>
          known.kind === kind &&
          known.versions.some(({ name }) => apiVersion === (known.group === '' ? name : `${known.group}/${name}`)),
      );
    const grants: Grant[] = [
      { group: joiningGroup, userPrefix: 'system:planform:joining:', rules: joiningRules, reason: 'join token' },
      { user: hubLineUser.name, rules: hubLineRules, reason: 'hub line' },
    ];
    const find = (name: string) => this.#findToken(name);
    return {
      authenticators: [joinTokenAuthenticator(find)],
      grants,
      subresources: hubSubresources(hub),
      controllers: [...hubControllers(hub), ...applicationControllers({ blobs, findKind, chooseSites })],
    };
  }

  #findToken(name: string): JoinToken | undefined {
    return this.tokens.get(name);
  }

  /** Join tokens by name, as a program would look them up in its cache. */
  readonly tokens = new Map<string, JoinToken>();
}

/** One site of a fleet. */
export class TestSite {
  readonly name: string;
  /** Replace it while the site is stopped to restore a backup. */
  disk: MemoryDisk;
  readonly rowsDisk = new MemoryRowsDisk();
  readonly blobContents = new Map<string, Uint8Array>();
  isCut = false;
  readonly #clock: VirtualClock;
  #hub: TestHub;
  readonly #cuts = new Set<AbortController>();
  #running: Running | undefined;

  constructor(name: string, hub: TestHub, clock: VirtualClock) {
    this.name = name;
    this.#hub = hub;
    this.#clock = clock;
    this.disk = new MemoryDisk(`site-${name}`);
  }

  get kernel(): Kernel {
    if (this.#running === undefined) throw new Error(`Site ${this.name} is not running`);
    return this.#running.kernel;
  }

  /** A client of a person with all rights at the site. */
  get client(): Client {
    return this.kernel.clientFor(admin);
  }

  /** What the hub knows of the key of this site. */
  get identity(): { readonly publicKeyFingerprint: string } {
    return { publicKeyFingerprint: fingerprintOf(csrOf(this.name)) };
  }

  /** A client of this site at the hub, with its certificate. */
  get atHub(): ReturnType<typeof hubConnection> {
    return hubConnection(this.transport());
  }

  async start(): Promise<void> {
    this.#running = await startKernel(this.#clock, this.disk, this.name, [...siteKinds, ...controlKinds], (ports) =>
      this.#plug(ports),
    );
  }

  async stop(): Promise<void> {
    await stopKernel(this.#running);
    this.#running = undefined;
  }

  /** Follows another hub at the same address. */
  useHub(hub: TestHub): void {
    this.#hub = hub;
  }

  /** Cuts the line to the hub, or mends it. */
  cut(isCut = true): void {
    this.isCut = isCut;
    if (!isCut) return;
    for (const controller of this.#cuts) controller.abort(new ApiError('ServiceUnavailable', 'The line is cut'));
    this.#cuts.clear();
  }

  /** A transport to the hub that fails while the line is cut or the hub is down. */
  transport(): Transport {
    const credentials = {
      certificate: {
        commonName: `system:planform:site:${this.name}`,
        organizations: [sitesGroup],
        fingerprint: 'f',
        publicKeyFingerprint: fingerprintOf(csrOf(this.name)),
      },
    };
    return {
      request: async (request) => {
        if (this.isCut || !this.#hub.isRunning) throw new ApiError('ServiceUnavailable', 'The hub cannot be reached');
        const cut = new AbortController();
        this.#cuts.add(cut);
        const signal = AbortSignal.any([request.signal, cut.signal]);
        const { handler } = this.#hub.kernel;
        return handlerTransport(handler, { credentials, clock: this.#clock, random: seededRandom(1) }).request({
          ...request,
          signal,
        });
      },
    };
  }

  #plug({ clientFor, kinds, resources, clock, random, log }: PlanePorts): PlaneParts {
    const blobs = memoryBlobs(this.blobContents);
    const link = new HubLink(clock);
    const dialer: HubDialer = {
      dial: (_hubUrls, signal) => {
        signal.throwIfAborted();
        return Promise.resolve({ ...hubConnection(this.transport()), [Symbol.asyncDispose]: () => Promise.resolve() });
      },
    };
    const line = {
      client: clientFor(siteLineUser),
      rows: openMemoryRows({
        disk: this.rowsDisk,
        bytesMax: 1e6,
        rowsMax: 1e4,
      }),
      hubUrls: ['https://hub.test'],
      siteName: this.name,
      storeEpoch: this.disk.epoch,
      agentVersion: '0.1.0',
      dialer,
      link,
      blobs,
      kinds,
      hubId,
      clock,
      random,
      log,
    };
    const history = {
      read: async (
        ...[kind, at, entriesMax, signal]: Parameters<Parameters<typeof siteControllers>[0]['history']['read']>
      ) => {
        const context = {
          user: admin,
          requestId: 'history',
          receivedAtMs: clock.nowMs(),
          userAgent: '',
          signal,
          warn: () => undefined,
        };
        const target = {
          definition: kind,
          version: kind.storageVersion,
          namespace: at.namespace ?? '',
          name: at.name,
          subresource: '',
        } as const;
        return (await resources().history(context, target, entriesMax)).entries;
      },
    };
    const delivery = {
      deliveryClient: (id: string) => clientFor(deliveryUser(id)),
      kinds,
      watchedKinds: [...kernelKinds, ...controlKinds].filter(isDeliverable),
      library: new BundleLibrary(blobs),
      history,
      link,
      siteName: this.name,
    };
    return {
      admission: [namespaceGuard([...kernelKinds, ...siteKinds, ...controlKinds])],
      grants: [
        { user: deliveryUser(hubId).name, rules: deliveryRules, reason: 'delivery' },
        { user: siteLineUser.name, rules: siteLineRules, reason: 'site line' },
      ],
      controllers: siteControllers(delivery),
      tasks: [(signal) => runHubLine(line, signal)],
    };
  }
}

/** Time passes in steps, so that long chains of work get their turns. */
const stepMs = 200;

/** A hub, sites, and the time they share. */
export class Fleet {
  readonly clock = new VirtualClock();
  readonly hub: TestHub;
  readonly sites: TestSite[] = [];
  readonly signal = new AbortController().signal;

  constructor(epoch = 'epoch-1') {
    this.hub = new TestHub(this.clock, epoch);
  }

  /** Lets time pass: everything that is due happens. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) await this.clock.advance(Math.min(stepMs, left));
  }

  /** Adds a site that has a Site object and runs, as if it had joined. */
  async addSite(name: string, labels: Readonly<Record<string, string>> = {}): Promise<TestSite> {
    const { client } = this.hub;
    await client.create(siteKind, { metadata: { name, labels }, spec: { accepted: true } }, {}, this.signal);
    const status = { identity: { publicKeyFingerprint: fingerprintOf(csrOf(name)) } };
    await client.patch(siteKind, { name }, { type: 'merge', body: { status } }, { subresource: 'status' }, this.signal);
    const site = new TestSite(name, this.hub, this.clock);
    this.sites.push(site);
    await site.start();
    return site;
  }

  /** Creates a join token. @returns the token as it stands in a join file. */
  async invite(name: string, spec: Partial<JoinToken['spec']> = {}): Promise<string> {
    const secret = 'x'.repeat(32);
    const expiresAt = new Date(this.clock.nowMs() + 3_600_000).toISOString();
    const token = await this.hub.client.create(
      joinTokenKind,
      { metadata: { name }, spec: { secretHash: sha256Digest(secret), expiresAt, ...spec } },
      {},
      this.signal,
    );
    this.hub.tokens.set(name, token);
    return formatJoinToken(name, secret);
  }

  /** Posts a join with a token. */
  async join(token: string, key: string): Promise<unknown> {
    const transport = handlerTransport(this.hub.kernel.handler, {
      credentials: { bearerToken: token },
      clock: this.clock,
      random: seededRandom(1),
    });
    const name = token.slice(0, token.lastIndexOf('.'));
    const path = `/apis/${managementApiVersion}/jointokens/${name}/join`;
    return hubConnection(transport).requestJson(
      { method: 'POST', path, body: { csrPem: csrOf(key), agentVersion: '0.1.0' } },
      this.signal,
    );
  }

  async stop(): Promise<void> {
    for (const site of this.sites) await site.stop();
    await this.hub.stop();
  }
}

/** Starts a fleet with a running hub. */
export async function startFleet(): Promise<Fleet> {
  const fleet = new Fleet();
  await fleet.hub.start();
  return fleet;
}

async function startKernel(
  clock: VirtualClock,
  disk: MemoryDisk,
  component: string,
  kinds: Parameters<typeof assembleKernel>[0]['kinds'],
  plug: (ports: PlanePorts) => PlaneParts,
): Promise<Running> {
  const stop = new AbortController();
  const kernel = await assembleKernel(
    {
      store: openMemoryStore({ disk }),
      kinds,
      plug,
      component,
      version: '0.1.0',
      runtime,
      clock,
      random: seededRandom(disk.head + 7),
      log: process.env['FLEET_LOG'] === undefined ? silentLogger : printer(component),
      onFatal: (error) => {
        throw error;
      },
    },
    stop.signal,
  );
  const ended = kernel.run(stop.signal);
  ended.catch((error: unknown) => (stop.signal.aborted ? undefined : Promise.reject(error)));
  return { kernel, stop, ended };
}

async function stopKernel(running: Running | undefined): Promise<void> {
  if (running === undefined) return;
  running.stop.abort(new DOMException('Stopped', 'AbortError'));
  await running.ended.catch(() => 'stopping fails its tasks');
  await running.kernel.close();
}

/** What stands for a certificate request in tests: the name of the key. */
function csrOf(key: string): string {
  return `request of ${key}`;
}

function fingerprintOf(csrPem: string): string {
  return sha256Digest(csrPem).slice('sha256:'.length);
}

const testSigner: CertificateSigner = {
  inspect: (csrPem) => Promise.resolve({ publicKeyFingerprint: fingerprintOf(csrPem) }),
  sign: (_csrPem, { commonName, validForMs }) =>
    Promise.resolve({ certificatePem: `certificate of ${commonName}`, notAfterMs: validForMs }),
};

/** Prints what goes wrong; set FLEET_LOG to see it. */
function printer(component: string): Logger {
  const print = (message: string, fields?: LogFields) =>
    process.stdout.write(`${component} ${message} ${JSON.stringify(fields)}\n`);
  return {
    debug: print,
    info: print,
    warn: print,
    error: print,
    child: (fields) => printer(`${component} ${JSON.stringify(fields)}`),
  };
}
