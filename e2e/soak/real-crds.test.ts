/**
 * The definitions of some twenty well-known projects, and every object of their kinds in their repositories, at
 * `planform kernel` and at kube-apiserver 1.36.4 itself: both answer the same. `SOAK_PROJECTS=cert-manager,kueue` tries only some.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { hubAddress } from '../kernel/golden/against-hub.ts';
import { type Conversation, conversation } from '../kernel/golden/conversation.ts';
import { differences, formatDifferences, type Scrubbing, Transcript } from '../kernel/golden/transcript.ts';
import { standardScrubbing } from '../kernel/golden/standard/sequences.ts';
import { type Address, openWire, type Wire } from '../kernel/golden/wire.ts';
import { Hub } from '../kernel/hub.ts';
import { command, kubectlPath } from '../world.ts';
import { type Definition, type Manifest, type Project, projectModules, readProject } from './projects.ts';
import { realOf } from './real-differences.ts';
import { Upstream } from './upstream.ts';

const wanted = process.env['SOAK_PROJECTS']?.split(',') ?? [''];
const modules = projectModules.filter((module) => wanted.some((part) => module.includes(part)));
const kubectl = kubectlPath(36) ?? 'kubectl';
const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

test('definitions and objects of real projects are answered as by kube-apiserver', async (t) => {
  await using hub = await Hub.start({ subcommand: 'kernel' });
  await using upstream = await Upstream.start();
  const [ours, theirs] = [hubAddress(hub), upstream.address];
  const before = [memoryMib(hub.pid), memoryMib(upstream.pid)];
  const counts = { definitions: 0, objects: 0 };
  for (const module of modules) {
    const project = await readProject(module);
    counts.definitions += project.definitions.length;
    counts.objects += project.samples.length;
    // To read one takes longer than kube-apiserver waits for somebody who says nothing.
    using wires = new DisposableStack();
    const pair: Pair = [wires.use(await openWire(ours)), wires.use(await openWire(theirs))];
    await t.test(module, (one) => compareProject(one, pair, project));
    await t.test(`kubectl explains ${module}`, () => compareExplanations([ours, theirs], project.definitions));
  }
  const [mine, other] = [hub.pid, upstream.pid].map((pid, index) => memoryMib(pid) - (before[index] ?? 0));
  t.diagnostic(`${JSON.stringify(counts)}; memory they took: planform ${mine} MiB, kube-apiserver ${other} MiB`);
});

/** The controller of definitions is part of another program there, and `kubectl wait` fails on null. */
const scrubbing: Scrubbing = {
  ...standardScrubbing,
  passing: [
    [/^( *manager: )(?:server|customresourcedefinition)$/gm, '$1CONTROLLER'],
    [/^( *conditions: )null$/gm, '$1[]'],
    // An apply that changes nothing writes there once more where the stored object lacks defaults.
    [/^( *resourceVersion: ).+$/gm, '$1REVISION'],
  ],
};

/** Ours and theirs. */
type Pair = readonly [Wire, Wire];

async function both<Item, Result>(
  [ours, theirs]: readonly [Item, Item],
  ask: (item: Item) => Promise<Result>,
): Promise<readonly [Result, Result]> {
  return [await ask(ours), await ask(theirs)];
}

async function compareProject(t: TestContext, pair: Pair, project: Project): Promise<void> {
  const { definitions, samples } = project;
  await t.test(`${definitions.length} definitions, ${samples.length} objects`, async (one) => {
    const [ours, theirs] = await both(pair, (wire) => introduce(wire, project));
    one.diagnostic(`answers: ${statusCounts(theirs)}`);
    assert.doesNotMatch(theirs, /^<<< 0$/m, 'kube-apiserver answers everything');
    const found = realOf(differences(ours, theirs));
    if (found.length > 0) assert.fail(formatDifferences(found));
  });
  for (const path of groupVersions(definitions)) {
    await t.test(`operations of ${path}`, async () => {
      const [ours, theirs] = await both(pair, (wire) => operations(wire, `/openapi/v3${path}`));
      assert.equal(firstDifference(ours, theirs), undefined);
    });
  }
}

/** Makes the kinds known to a server and offers it every object: what was asked and answered. */
async function introduce(wire: Wire, { definitions, samples }: Project): Promise<string> {
  const transcript = new Transcript(wire, scrubbing);
  const say = conversation(transcript);
  await define(say, definitions);
  for (const path of groupVersions(definitions)) await say.get(path);
  for (const sample of samples) await offer(say, definitions, sample);
  return transcript.text;
}

async function define(say: Conversation, definitions: readonly Definition[]): Promise<void> {
  const created: Definition[] = [];
  for (const definition of definitions)
    if ((await say.post(definitionsPath, definition)).status === 201) created.push(definition);
  for (const definition of created) {
    const path = `${definitionsPath}/${definition.metadata.name}`;
    await say.until(path, isEstablished);
    for (const { name, served } of definition.spec.versions)
      if (served) await say.until(collectionOf(definition, name), (_, status) => status === 200);
    await say.get(path);
  }
}

function isEstablished({ status = {} }: Readonly<Record<string, unknown>>): boolean {
  const { conditions } = status as { readonly conditions?: readonly { type: string; status: string }[] };
  return (conditions ?? []).some((one) => one.type === 'Established' && one.status === 'True');
}

async function offer(say: Conversation, definitions: readonly Definition[], sample: Manifest): Promise<void> {
  const [group = '', version = ''] = sample.apiVersion.split('/');
  const definition = definitions.find(({ spec }) => spec.group === group && spec.names.kind === sample.kind);
  assert.ok(definition !== undefined, 'Only objects of known kinds are offered');
  const { namespace: _, ...metadata } = sample.metadata;
  const isNamespaced = definition.spec.scope === 'Namespaced';
  const object = { ...sample, metadata: isNamespaced ? { ...metadata, namespace: 'default' } : metadata };
  const collection = collectionOf(definition, version);
  await say.post(`${collection}?dryRun=All&fieldValidation=Strict`, object);
  await say.apply(`${collection}/${metadata.name}?fieldManager=soak&force=true&fieldValidation=Strict`, object);
}

function collectionOf({ spec }: Definition, version: string): string {
  const place = spec.scope === 'Namespaced' ? '/namespaces/default' : '';
  return `/apis/${spec.group}/${version}${place}/${spec.names.plural}`;
}

function groupVersions(definitions: readonly Definition[]): readonly string[] {
  const served = definitions.flatMap(({ spec }) =>
    spec.versions.filter((version) => version.served).map(({ name }) => `/apis/${spec.group}/${name}`),
  );
  return [...new Set(served)].toSorted();
}

function statusCounts(transcript: string): string {
  const counts = new Map<string, number>();
  for (const [, status = ''] of transcript.matchAll(/^<<< (\d+)/gm)) counts.set(status, (counts.get(status) ?? 0) + 1);
  return [...counts].map(([status, count]) => `${status} ${count}`).join(', ');
}

/** How the operations of a document are named: texts and parameters of others are not copied, nor our own subresources. */
async function operations(wire: Wire, path: string): Promise<unknown> {
  const { text } = await wire.send({ method: 'GET', path });
  const { paths } = JSON.parse(text) as OpenApi;
  const named = Object.entries(paths)
    .filter(([place]) => !place.endsWith('/history') && !place.includes('/watch/'))
    .flatMap(([place, item]) => Object.entries(item).map(([method, one]) => [`${method} ${place}`, namesOf(one)]));
  return Object.fromEntries(named) as unknown;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId?: string;
  readonly tags?: readonly string[];
}

const namesOf = ({ operationId, tags }: Operation) => ({ operationId, tags });

/** Where two documents differ first, and how; `undefined` when they do not. */
function firstDifference(ours: unknown, theirs: unknown, path = ''): string | undefined {
  if (isDeepStrictEqual(ours, theirs)) return undefined;
  if (!isObject(ours) || !isObject(theirs)) return `${path}: ${JSON.stringify(ours)}, want ${JSON.stringify(theirs)}`;
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    const found = firstDifference(ours[key], theirs[key], `${path}/${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

async function compareExplanations(addresses: readonly [Address, Address], definitions: readonly Definition[]) {
  for (const { spec } of definitions) {
    for (const { name } of spec.versions.filter((version) => version.served)) {
      const words = ['explain', `${spec.names.plural}.spec`, `--api-version=${spec.group}/${name}`];
      const [ours, theirs] = await both(addresses, (address) => explain(address, words));
      assert.equal(ours, theirs);
    }
  }
}

async function explain({ url, caPath, certPath, keyPath }: Address, words: readonly string[]): Promise<string> {
  const who = [
    '--server',
    url,
    '--certificate-authority',
    caPath,
    '--client-certificate',
    certPath,
    '--client-key',
    keyPath,
  ];
  const cache = ['--cache-dir', join(dirname(certPath), 'cache')];
  const { stdout, stderr } = await command(kubectl, [...who, ...cache, ...words], { timeoutMs: 30_000 });
  return `${stdout}${stderr}`;
}

/** What a process holds in memory now. */
function memoryMib(pid: number): number {
  const [, kib = ''] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round(Number(kib) / 1024);
}
