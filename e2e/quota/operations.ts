import type { Random } from '../../kernel/base/random.ts';
import type { Countable } from './recount.ts';

/** One request of the model. */
export interface QuotaRequest {
  /** Objects it writes, by name; default 1. */
  readonly writes?: number;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** Namespaces in which everything happens. */
export const namespaces: readonly string[] = ['q0', 'q1', 'q2', 'q3'];

/** Path to which transactions are posted. */
export const transactionsPath = '/apis/kernel.planform.dev/v1alpha1/transactions';

/** Quotas of a namespace: what they are about, and the most a random limit allows. */
const quotas: readonly {
  readonly name: string;
  readonly scope: object;
  readonly most: Readonly<Record<string, number>>;
}[] = [
  {
    name: 'objects',
    scope: {},
    most: {
      pods: 11,
      'count/pods': 13,
      configmaps: 9,
      services: 8,
      'services.nodeports': 5,
      'services.loadbalancers': 4,
      persistentvolumeclaims: 8,
    },
  },
  {
    name: 'storage',
    scope: {},
    most: {
      'count/configmaps': 9,
      'count/services': 9,
      'requests.storage': 30,
      'gold.storageclass.storage.k8s.io/requests.storage': 12,
    },
  },
  {
    name: 'compute',
    scope: { scopes: ['NotBestEffort'] },
    most: { pods: 9, cpu: 16, 'requests.cpu': 16, 'limits.memory': 40 },
  },
  { name: 'effortless', scope: { scopes: ['BestEffort'] }, most: { pods: 4 } },
  { name: 'brief', scope: { scopes: ['Terminating'] }, most: { pods: 4 } },
  { name: 'lasting', scope: { scopes: ['NotTerminating', 'NotBestEffort'] }, most: { pods: 6, 'requests.cpu': 9 } },
  {
    name: 'important',
    scope: {
      scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['important'] }] },
    },
    most: { pods: 3, cpu: 6 },
  },
];

/** Objects of each kind have one of so many names: more than quotas allow, few enough to collide. */
const nameCount = 12;
const pods = 'pods';
const configMaps = 'configmaps';
const services = 'services';
const claims = 'persistentvolumeclaims';
const kindOf: Readonly<Record<string, string>> = {
  [pods]: 'Pod',
  [configMaps]: 'ConfigMap',
  [services]: 'Service',
  [claims]: 'PersistentVolumeClaim',
  resourcequotas: 'ResourceQuota',
};
const applied = 'application/apply-patch+yaml';
const merged = 'application/merge-patch+json';

/** The path of a resource in a namespace, or of one object of it. */
export function pathOf(namespace: string, resource: string, ...rest: readonly string[]): string {
  return ['/api/v1/namespaces', namespace, resource, ...rest].join('/');
}

/** Draws the requests clients send: many shapes of objects that grow, shrink and go, under quotas that change. */
export class QuotaOperations {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What is needed before anything else; may be there already. */
  first(): readonly QuotaRequest[] {
    const makeNamespaces = namespaces.map((name) => post('/api/v1/namespaces', { metadata: { name } }));
    const important = { metadata: { name: 'important' }, value: 1_000 };
    return [
      ...makeNamespaces,
      post('/apis/scheduling.k8s.io/v1/priorityclasses', important),
      ...namespaces.flatMap((namespace) => quotas.map(({ name }) => this.#limit(namespace, name))),
    ];
  }

  /** The next request. */
  next(): QuotaRequest {
    const namespace = this.#one(namespaces);
    return this.#draw<() => QuotaRequest>([
      [34, () => this.#tried(this.#create(namespace))],
      [24, () => this.#tried(this.#change(namespace))],
      [14, () => this.#tried(this.#delete(namespace))],
      [8, () => this.#transaction(namespace)],
      [4, () => this.#burst(namespace)],
      [4, () => this.#limit(namespace, this.#one(quotas).name)],
      [1, () => ({ method: 'DELETE', path: pathOf(namespace, 'resourcequotas', this.#one(quotas).name) })],
      [2, () => this.#deleteMany(namespace)],
    ])();
  }

  /** An object of a random shape. */
  object(resource: string, name: string): Countable {
    const typed = {
      apiVersion: 'v1',
      kind: kindOf[resource] ?? '',
      metadata: { name, labels: { part: this.#one(['a', 'b']) } },
    };
    switch (resource) {
      case pods:
        return { ...typed, spec: this.#podSpec() };
      case services:
        return { ...typed, spec: this.#serviceSpec() };
      case claims: {
        const resources = { requests: { storage: String(1 + this.#upTo(7)) } };
        const storageClassName = this.#one(['gold', 'plain']);
        return { ...typed, spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources } };
      }
      default:
        return { ...typed, data: { token: String(this.#random.nextFloat()) } };
    }
  }

  #podSpec(): object {
    const amounts = { cpu: `${500 * this.#upTo(6)}m`, memory: String(this.#upTo(8)) };
    const isSilent = this.#chance(0.25);
    return {
      containers: [
        { name: 'main', image: 'x:1', ...(isSilent ? {} : { resources: { requests: amounts, limits: amounts } }) },
      ],
      ...(this.#chance(0.25) ? { activeDeadlineSeconds: 3_600 } : {}),
      ...(this.#chance(0.3) ? { priorityClassName: 'important' } : {}),
    };
  }

  #serviceSpec(): object {
    const ports = Array.from({ length: 1 + this.#upTo(1) }, (_, index) => ({ name: `p${index}`, port: 80 + index }));
    return { type: this.#one(['ClusterIP', 'NodePort', 'LoadBalancer']), ports, selector: { app: 'x' } };
  }

  #create(namespace: string): QuotaRequest {
    const resource = this.#resource();
    return post(pathOf(namespace, resource), this.object(resource, this.#name()));
  }

  /** An update, a patch or an apply that makes an object more or less, or moves it between scopes. */
  #change(namespace: string): QuotaRequest {
    const name = this.#name();
    const resource = this.#resource();
    const patch = (body: unknown, ...path: readonly string[]) =>
      patchOf(pathOf(namespace, ...(path as [string])), body);
    const apply = () => {
      const path = `${pathOf(namespace, resource, name)}?fieldManager=soak&force=true`;
      return { method: 'PATCH', path, contentType: applied, body: this.object(resource, name) };
    };
    const put = () => ({ method: 'PUT', path: pathOf(namespace, resource, name), body: this.object(resource, name) });
    const amounts = { cpu: `${500 * this.#upTo(6)}m`, memory: String(this.#upTo(8)) };
    const containers = [{ name: 'main', image: 'x:1', resources: { requests: amounts, limits: amounts } }];
    return this.#draw<() => QuotaRequest>([
      [6, () => patch({ spec: { containers } }, pods, name, 'resize')],
      [3, () => patch({ status: { phase: this.#one(['Succeeded', 'Failed']) } }, pods, name, 'status')],
      [2, () => patch({ spec: { activeDeadlineSeconds: 600 } }, pods, name)],
      [3, () => patch({ spec: this.#serviceSpec() }, services, name)],
      [4, apply],
      [4, put],
      [2, () => patch({ metadata: { labels: { part: this.#one(['a', 'b']) } } }, resource, name)],
    ])();
  }

  #delete(namespace: string): QuotaRequest {
    return { method: 'DELETE', path: pathOf(namespace, this.#resource(), this.#name()) };
  }

  #deleteMany(namespace: string): QuotaRequest {
    const resource = this.#one([pods, configMaps, claims]);
    return { method: 'DELETE', path: `${pathOf(namespace, resource)}?labelSelector=part%3D${this.#one(['a', 'b'])}` };
  }

  /** Gives a quota of the namespace new limits, lower or higher, and makes it where there is none. */
  #limit(namespace: string, name: string): QuotaRequest {
    const { scope, most } = quotas.find((quota) => quota.name === name) ?? { scope: {}, most: {} };
    const limit = (value: number) => (this.#chance(0.1) ? this.#upTo(value) : value - this.#upTo(value / 3));
    const hard = Object.fromEntries(Object.entries(most).map(([key, value]) => [key, String(limit(value))]));
    const typed = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name } };
    const path = `${pathOf(namespace, 'resourcequotas', name)}?fieldManager=soak&force=true`;
    return { method: 'PATCH', path, contentType: applied, body: { ...typed, spec: { ...scope, hard } } };
  }

  /** Several writes of which all fit, or none is done. */
  #transaction(namespace: string): QuotaRequest {
    const names = new Set(Array.from({ length: 1 + this.#upTo(4) }, () => `${this.#resource()} ${this.#name()}`));
    const items = [...names].map((key) => {
      const [resource = '', name = ''] = key.split(' ');
      const target = { apiVersion: 'v1', kind: kindOf[resource], namespace, name };
      const object = { ...this.object(resource, name), metadata: { name, namespace, labels: { part: 'a' } } };
      return this.#draw<object>([
        [4, { operation: 'Apply', object, force: true }],
        [3, { operation: 'Create', object }],
        [2, { operation: 'Delete', target }],
      ]);
    });
    const spec = { fieldManager: 'soak', dryRun: this.#chance(0.1), items };
    return { ...post(transactionsPath, { spec }), writes: items.length };
  }

  /** What a scale-up makes: more pods that are all alike, together or not at all. */
  #burst(namespace: string): QuotaRequest {
    const spec = this.#podSpec();
    const items = Array.from({ length: 1 + this.#upTo(4) }, () => ({
      operation: 'Create',
      object: {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { generateName: 's-', namespace, labels: { part: 'b' } },
        spec,
      },
    }));
    return { ...post(transactionsPath, { spec: { items } }), writes: items.length };
  }

  /** Every tenth is only tried out. */
  #tried(request: QuotaRequest): QuotaRequest {
    if (!this.#chance(0.1)) return request;
    return { ...request, path: `${request.path}${request.path.includes('?') ? '&' : '?'}dryRun=All` };
  }

  #resource(): string {
    return this.#draw([
      [5, pods],
      [3, configMaps],
      [3, services],
      [2, claims],
    ]);
  }

  #name(): string {
    return `n${Math.floor(this.#random.nextFloat() * nameCount)}`;
  }

  #chance(probability: number): boolean {
    return this.#random.nextFloat() < probability;
  }

  /** A whole number of 0 … `most`. */
  #upTo(most: number): number {
    return Math.floor(this.#random.nextFloat() * (most + 1));
  }

  #one<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random.nextFloat() * values.length)] as T;
  }

  /** One of the choices, with a probability in proportion to its weight. */
  #draw<T>(choices: readonly (readonly [number, T])[]): T {
    let rest = this.#random.nextFloat() * choices.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = choices.find(([weight]) => (rest -= weight) < 0) ?? choices[0];
    return (chosen as readonly [number, T])[1];
  }
}

function post(path: string, body: object): QuotaRequest {
  return { method: 'POST', path, body };
}

function patchOf(path: string, body: unknown): QuotaRequest {
  return { method: 'PATCH', path, body, contentType: merged };
}
