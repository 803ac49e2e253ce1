import { join } from 'node:path';
import { type Conversation, conversation, type Sequence } from './conversation.ts';
import { custom } from './custom.ts';
import { gauges, group, widgets } from './definitions.ts';
import { patching } from './patches.ts';
import { reading } from './reads.ts';
import { prepareStandard, standardScrubbing, standardSequences } from './standard/sequences.ts';
import { type Scrubbing, Transcript } from './transcript.ts';
import type { Wire } from './wire.ts';
import { writes } from './writes.ts';

/** Sequences that one real server has answered. */
export interface Recordings {
  /** Where the answers and the known differences are. */
  readonly folder: string;
  /** By name, in the order in which they run against one server. */
  readonly sequences: Readonly<Record<string, Sequence>>;
  /** What differs from run to run of these kinds, besides what always does. */
  readonly scrubbing?: Scrubbing;
  /** Makes a new server ready for the sequences. */
  readonly prepare: (wire: Wire) => Promise<void>;
}

/** Custom resources: answers of the custom resource server. */
export const customRecordings: Recordings = {
  folder: import.meta.dirname,
  sequences: { ...writes, ...patching, ...reading, ...custom },
  prepare: prepareCustom,
};

/** Standard kinds: answers of kube-apiserver. */
export const standardRecordings: Recordings = {
  folder: join(import.meta.dirname, 'standard'),
  sequences: standardSequences,
  scrubbing: standardScrubbing,
  prepare: prepareStandard,
};

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** The custom kinds are there and answer. */
async function prepareCustom(wire: Wire): Promise<void> {
  const say = conversation(new Transcript(wire));
  await say.post(path, widgets);
  await say.post(path, gauges);
  await isServed(say, `/apis/${group}/v1/namespaces/default/widgets`);
  await isServed(say, `/apis/${group}/v1beta1/gauges`);
}

function isServed(say: Conversation, at: string): Promise<void> {
  return say.until(at, (_, status) => status === 200);
}

/** Runs one sequence against one server: what was asked and answered. */
export async function transcriptOf(wire: Wire, sequence: Sequence, scrubbing?: Scrubbing): Promise<string> {
  const transcript = new Transcript(wire, scrubbing);
  await sequence(conversation(transcript));
  return transcript.text;
}
