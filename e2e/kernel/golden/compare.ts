import { type Conversation, conversation, type Sequence } from './conversation.ts';
import { custom } from './custom.ts';
import { gauges, group, widgets } from './definitions.ts';
import { patching } from './patches.ts';
import { reading } from './reads.ts';
import { Transcript } from './transcript.ts';
import type { Wire } from './wire.ts';
import { writes } from './writes.ts';

/** Every sequence by name, in the order in which they run against one server. */
export const sequences: Readonly<Record<string, Sequence>> = { ...writes, ...patching, ...reading, ...custom };

const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** Makes a new server ready for the sequences: the custom kinds are there and answer. */
export async function prepare(wire: Wire): Promise<void> {
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
export async function transcriptOf(wire: Wire, sequence: Sequence): Promise<string> {
  const transcript = new Transcript(wire);
  await sequence(conversation(transcript));
  return transcript.text;
}
