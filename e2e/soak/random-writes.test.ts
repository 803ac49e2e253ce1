/**
 * Random writes of random objects, the same to `planform kernel` and to kube-apiserver 1.36.4 itself: creates, updates, patches
 * of all four types, applies of two managers, writes of the status, deletes; with and without preconditions. Where the
 * answers differ the shortest series of writes that shows it is printed. `SOAK_LIVES` takes another number of objects,
 * `SOAK_SEED` others.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../kernel/base/random.ts';
import { hubAddress } from '../kernel/golden/against-hub.ts';
import { conversation } from '../kernel/golden/conversation.ts';
import { group, widgets } from '../kernel/golden/definitions.ts';
import { inGroup } from '../kernel/golden/standard/places.ts';
import { prepareStandard, standardScrubbing } from '../kernel/golden/standard/sequences.ts';
import { differences, formatDifferences, type Scrubbing, Transcript } from '../kernel/golden/transcript.ts';
import { openWire, type Wire } from '../kernel/golden/wire.ts';
import { Hub } from '../kernel/hub.ts';
import { type Life, randomLife, requestOf, shrink } from './random-writes.ts';
import { realOf } from './real-differences.ts';
import { subjects } from './subjects.ts';
import { Upstream } from './upstream.ts';

const lifeCount = Number(process.env['SOAK_LIVES'] ?? 2_000);
const seed = Number(process.env['SOAK_SEED'] ?? 1);
/** Differences after which the rest is not tried. */
const foundMax = Number(process.env['SOAK_FOUND'] ?? 1);

test(`${lifeCount} objects are written at random as by kube-apiserver`, async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  await using upstream = await Upstream.start();
  using ours = await openWire(hubAddress(hub));
  using theirs = await openWire(upstream.address);
  await Promise.all([prepare(ours), prepare(theirs)]);
  const random = seededRandom(seed);
  const found: string[] = [];
  const counts = new Map<string, number>();
  let played = 0;
  /** Every play has an object of its own: the first differing answer, or nothing. */
  const compare = async (life: Life) => {
    const name = `life-${(played += 1)}`;
    const [mine, other] = await Promise.all([play(ours, life, name), play(theirs, life, name)]);
    for (const [status = ''] of other.matchAll(/(?<=^<<< )\d+/gm)) counts.set(status, (counts.get(status) ?? 0) + 1);
    return formatDifferences(realOf(differences(mine, other)).slice(0, 1));
  };
  for (let index = 0; index < lifeCount && found.length < foundMax; index++) {
    const life = randomLife(random, subjects);
    if ((await compare(life)) === '') continue;
    const least = await shrink(life, async (smaller) => (await compare(smaller)) !== '');
    found.push(`${await compare(least)}\n${JSON.stringify(least.steps)}`);
  }
  t.diagnostic(
    `${played} objects; answers ${JSON.stringify(Object.fromEntries([...counts].toSorted(([one], [other]) => Number(one) - Number(other))))}`,
  );
  assert.equal(found.length, 0, found.join('\n\n'));
});

async function prepare(wire: Wire): Promise<void> {
  await prepareStandard(wire);
  const say = conversation(new Transcript(wire));
  await say.post('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', widgets);
  await say.until(`${inGroup(group)}/widgets`, (_, status) => status === 200);
}

const scrubbing: Scrubbing = {
  ...standardScrubbing,
  passing: [...standardScrubbing.passing, [/(in the precondition )\(\d+\)/g, '$1(REVISION)']],
};

/** What was asked and answered from the first write of an object to the last. */
async function play(wire: Wire, { subject, steps }: Life, name: string): Promise<string> {
  const transcript = new Transcript(wire, scrubbing);
  const seen: Readonly<Record<string, unknown>>[] = [];
  for (const step of steps) {
    const { status, json } = await transcript.ask(requestOf(subject, name, step, seen));
    if (status < 300 && !step.isDry && json['kind'] === subject.object['kind']) seen.push(json);
  }
  await transcript.ask({ method: 'GET', path: `${subject.collection}/${name}` });
  return transcript.text;
}
