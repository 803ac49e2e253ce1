/** The same creates in two namespaces of one kernel, in turns: what is different between the two, and nothing else, tells. */
import { connect, post, request } from './h2-load.ts';
import { head, row } from './report.ts';
import { median } from './statistics.ts';
import { type CostedResult, costedLoad, jobOf, type Target } from './target.ts';

/** Two namespaces: what is measured, and what it is compared with. */
export interface Turns {
  readonly measured: { readonly namespace: string; readonly label: string };
  readonly compared: { readonly namespace: string; readonly label: string };
  readonly rounds: number;
  /** Creates of one namespace in one round. */
  readonly requestCount: number;
  /** Further objects, as paths and bodies, to make first. */
  readonly objects: readonly (readonly [path: string, object: object])[];
}

/** Creates by 16 clients, each namespace first as often as the other, and what the measured one reaches of the other. */
export async function measureTurns(target: Target, turns: Turns): Promise<void> {
  const namespaces = [turns.measured.namespace, turns.compared.namespace];
  await prepare(target, namespaces, turns.objects);
  const results = new Map<string, CostedResult[]>(namespaces.map((namespace) => [namespace, []]));
  for (let round = -1; round < turns.rounds; round++) {
    for (const namespace of round % 2 === 0 ? namespaces : namespaces.toReversed()) {
      const { requestCount } = turns;
      const part = { kind: 'create', clientCount: 16, requestCount, namespace, prefix: `r${round + 1}` } as const;
      const result = await costedLoad(target, jobOf(target, part));
      // The first round warms up.
      if (round >= 0) results.get(namespace)?.push(result);
    }
  }
  report(turns, (namespace, pick) => (results.get(namespace) ?? []).map(pick));
}

type Picked = (namespace: string, pick: (result: CostedResult) => number) => readonly number[];

function report({ measured, compared }: Turns, picked: Picked): void {
  head('create 1 KB, 16 clients', 'per s', 'p50 ms', 'p99 ms', 'errors', 'CPU ms each');
  for (const { namespace, label } of [measured, compared]) {
    const middle = (pick: (result: CostedResult) => number) => median(picked(namespace, pick));
    row(
      label,
      middle(({ perSecond }) => perSecond),
      middle(({ p50Ms }) => p50Ms),
      middle(({ p99Ms }) => p99Ms),
      String(picked(namespace, ({ errorCount }) => errorCount).reduce((sum, count) => sum + count, 0)),
      middle(({ cpuMs }) => cpuMs),
    );
  }
  const ratioOf = (pick: (result: CostedResult) => number) => {
    const others = picked(compared.namespace, pick);
    return median(picked(measured.namespace, pick).map((value, round) => value / (others[round] ?? Number.NaN)));
  };
  head(`${measured.label}, of what is reached ${compared.label}`, 'median of the rounds', 'wanted');
  row(
    'rate',
    ratioOf(({ perSecond }) => perSecond),
    '≥ 0.9',
  );
  row(
    'creates per second of processor time',
    ratioOf(({ cpuMs }) => 1 / cpuMs),
    '≥ 0.9',
  );
}

async function prepare(
  { server, credentials }: Target,
  namespaces: readonly string[],
  objects: Turns['objects'],
): Promise<void> {
  const session = await connect({ url: server.url, ...credentials });
  const namespaceOf = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const all = [...namespaces.map((name) => ['/api/v1/namespaces', namespaceOf(name)] as const), ...objects];
  for (const [path, object] of all) {
    const { headers, body } = post(path, 'POST', 'application/json', object);
    const { status } = await request(session, headers, body);
    if (status !== 201) throw new Error(`POST ${path} ended with ${status}`);
  }
  session.close();
}
