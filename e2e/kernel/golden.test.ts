import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { prepare, sequences, transcriptOf } from './golden/compare.ts';
import { differences, type Difference, formatDifferences, parseDifferences } from './golden/transcript.ts';
import { openWire, type Wire } from './golden/wire.ts';
import { Hub } from './hub.ts';

const folder = join(import.meta.dirname, 'golden');
const knownPath = join(folder, 'known.txt');
const known = new Map<string, Set<string>>();
for (const { request, unmet } of parseDifferences(readFileSync(knownPath, 'utf8'))) {
  known.set(request, new Set([...(known.get(request) ?? []), ...unmet]));
}
const isKept = process.env['KEEP_DIFFERENCES'] !== undefined;

/** A difference that came closer without going away is known as well. */
function isKnown({ request, unmet }: Difference): boolean {
  const before = known.get(request);
  return before !== undefined && unmet.every((line) => before.has(line));
}

async function openHubWire(hub: Hub): Promise<Wire> {
  const { ca, admin } = hub.credentials();
  const write = (name: string, text: string) => {
    const path = join(hub.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const paths = {
    caPath: write('ca.pem', ca),
    certPath: write('cert.pem', admin.cert),
    keyPath: write('key.pem', admin.key),
  };
  return openWire({ url: hub.url, ...paths });
}

/** `golden/*.txt`: what the custom resource server of Kubernetes 1.36 answered; `known.txt`: where we differ, and may. */
test('planform kernel answers as the custom resource server of Kubernetes 1.36 did', {
  timeout: 120_000,
}, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  using wire = await openHubWire(hub);
  await prepare(wire);
  const seen: Difference[] = [];
  for (const [name, sequence] of Object.entries(sequences)) {
    await t.test(name, async () => {
      const theirs = readFileSync(join(folder, `${name}.txt`), 'utf8');
      const found = differences(await transcriptOf(wire, sequence), theirs);
      seen.push(...found);
      if (!isKept) assert.equal(formatDifferences(found.filter((one) => !isKnown(one))), '');
    });
  }
  if (isKept) writeFileSync(knownPath, formatDifferences(seen));
});
