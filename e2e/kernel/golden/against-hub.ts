import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { eventually } from '../../world.ts';
import { Hub } from '../hub.ts';
import { type Recordings, transcriptOf } from './compare.ts';
import { differences, type Difference, formatDifferences, parseDifferences } from './transcript.ts';
import { type Address, openWire, type Wire, type WireRequest } from './wire.ts';

/**
 * Sends recorded sequences to `planform kernel`, one subtest each. An answer that differs and is not in `known.txt` fails;
 * with KEEP_DIFFERENCES set `known.txt` is written anew instead.
 */
export async function compareWithHub(t: TestContext, recordings: Recordings): Promise<void> {
  const { folder, sequences, scrubbing, prepare } = recordings;
  const knownPath = join(folder, 'known.txt');
  const isKnown = knownDifferences(readFileSync(knownPath, 'utf8'));
  const isKept = process.env['KEEP_DIFFERENCES'] !== undefined;
  await using hub = await Hub.start({ subcommand: 'kernel' });
  using wire = afterControllers(await openWire(hubAddress(hub)));
  await prepare(wire);
  const seen: Difference[] = [];
  for (const [name, sequence] of Object.entries(sequences)) {
    await t.test(name, async () => {
      const theirs = readFileSync(join(folder, `${name}.txt`), 'utf8');
      const found = differences(await transcriptOf(wire, sequence, scrubbing), theirs);
      seen.push(...found);
      if (!isKept) assert.equal(formatDifferences(found.filter((one) => !isKnown(one))), '');
    });
  }
  if (isKept) writeFileSync(knownPath, formatDifferences(seen));
}

/** A difference that came closer without going away is known as well; a line more, of theirs or of ours, is not. */
function knownDifferences(text: string): (difference: Difference) => boolean {
  const known = new Map<string, Set<string>>();
  for (const { request, unmet, extra } of parseDifferences(text)) {
    const lines = [...unmet.map((line) => `-${line}`), ...extra.map((line) => `+${line}`)];
    known.set(request, new Set([...(known.get(request) ?? []), ...lines]));
  }
  return ({ request, unmet, extra }) => {
    const before = known.get(request);
    if (before === undefined) return false;
    return unmet.every((line) => before.has(`-${line}`)) && extra.every((line) => before.has(`+${line}`));
  };
}

/** Collections whose objects get their status from a controller of ours right after they were created. */
const controlledPath = /\/(?:validatingadmissionpolicies|flowschemas|resourcequotas)$/;

/** The same wire, but what is asked next never depends on whether a controller has been there already. */
function afterControllers(wire: Wire): Wire {
  return {
    async send(request) {
      const answer = await wire.send(request);
      if (answer.status === 201 && controlledPath.test(request.path)) await hasStatus(wire, request);
      return answer;
    },
    [Symbol.dispose]: () => wire[Symbol.dispose](),
  };
}

async function hasStatus(wire: Wire, { path, body }: WireRequest): Promise<void> {
  const { metadata } = body as { readonly metadata: { readonly name: string } };
  const at = `${path}/${metadata.name}`;
  await eventually(`the status of ${at}`, 5_000, async () => {
    const { text } = await wire.send({ method: 'GET', path: at });
    const { status = {} } = JSON.parse(text) as { readonly status?: object };
    return Object.keys(status)[0];
  });
}

/** How its administrator reaches a hub or kernel. */
export function hubAddress(hub: Hub): Address {
  const { ca, admin } = hub.credentials();
  const write = (name: string, text: string) => {
    const path = join(hub.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  return {
    url: hub.url,
    caPath: write('ca.pem', ca),
    certPath: write('cert.pem', admin.cert),
    keyPath: write('key.pem', admin.key),
  };
}
