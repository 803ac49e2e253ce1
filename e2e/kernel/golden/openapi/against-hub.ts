import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { send } from '../../http-request.ts';
import { Hub } from '../../hub.ts';
import { factsOf, unpackFacts } from './facts.ts';

const read = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

/** What we leave out, and may. */
const exceptions: readonly (readonly [fact: RegExp, why: string])[] = [
  [/^\/\S*\/watch\//, 'paths for watches are served and deprecated since 1.11: `?watch` is the way'],
  [/^\/\S*\/ get: - \/\/$/, 'lists of resources have no kind of their own; discovery is read before OpenAPI'],
  [/^io\.k8s\.apimachinery\.\S*\.APIResource/, 'the shapes of those lists'],
  [/\/\{name\}\/(attach|exec|log|portforward|proxy(\/\{path\})?) /, 'there are no nodes to ask'],
  [/componentstatuses|\.ComponentStatus/, 'nothing in the cluster answers them since 1.19'],
  [/ \?shardSelector$/, 'gate ShardedListAndWatch is closed upstream as well'],
  [/ \?ignoreStoreReadErrorWithClusterBreakingPotential$/, 'what cannot be read is restored, not deleted blindly'],
];

/**
 * Holds the OpenAPI v3 documents of `planform kernel` to what those of Kubernetes say (`kubernetes.txt`). Facts that we lack,
 * are no exception and are not in `known.txt` fail, and so do those in `known.txt` that are said by now; with
 * KEEP_DIFFERENCES set it is written anew.
 */
export async function compareOpenapiWithHub(): Promise<void> {
  const ours = await factsOfHub();
  const missing = withoutParts(unpackFacts(read('kubernetes.txt')).filter((fact) => !ours.has(fact)));
  for (const [pattern, why] of exceptions)
    assert.ok(
      missing.some((fact) => pattern.test(fact)),
      `Not left out: ${why}`,
    );
  const wrong = missing.filter((fact) => !exceptions.some(([pattern]) => pattern.test(fact)));
  const text = wrong.map((fact) => `${fact}\n`).join('');
  if (process.env['KEEP_DIFFERENCES'] === undefined) assert.equal(text, read('known.txt'));
  else writeFileSync(join(import.meta.dirname, 'known.txt'), text);
}

async function factsOfHub(): Promise<ReadonlySet<string>> {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  const facts = new Set<string>();
  const { paths } = (await send(hub, { path: '/openapi/v3' })).json as {
    readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
  };
  for (const { serverRelativeURL } of Object.values(paths)) {
    const { json } = await send(hub, { path: serverRelativeURL });
    for (const fact of factsOf(json)) facts.add(fact);
  }
  return facts;
}

/** Parameters of an operation we lack say nothing more. */
function withoutParts(missing: readonly string[]): readonly string[] {
  const operations = new Set(missing.flatMap((fact) => /^(\/\S* \w+): /.exec(fact)?.[1] ?? []));
  return missing.filter((fact) => !operations.has(/^(\/\S* \w+) (?:\?|path )/.exec(fact)?.[1] ?? ''));
}
