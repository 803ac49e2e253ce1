import { isJsonObject, type JsonObject, parseApiVersion } from '../../kernel/meta/object.ts';
import { connectHub } from '../cli/connect.ts';
import { CommandError } from '../cli/exit.ts';
import type { PlaceChoice } from '../cli/options.ts';
import { print } from '../cli/output.ts';
import { type Manifest, readManifests } from './manifests.ts';
import { listResources, type ServedResource, shownPlace, text } from './served-resources.ts';
import { dryRunText, type WriteChoices, writeTogether } from './together.ts';

/** What `planform apply` was asked. */
export interface ApplyChoices extends PlaceChoice, WriteChoices {
  readonly filename: readonly string[];
  readonly recursive: boolean;
  readonly forceConflicts: boolean;
  readonly fieldManager: string;
  readonly validate: 'Strict' | 'Warn' | 'Ignore';
}

/** `planform apply --atomic`: server-side apply of all objects in one commit. */
export async function applyAtomic(options: ApplyChoices): Promise<void> {
  const manifests = await readManifests(options.filename, { recursive: options.recursive, input: process.stdin });
  await using server = await connectHub(options);
  const resources = await listResources(server);
  const definitions = manifests.map(({ object }) => object).filter(({ kind }) => kind === 'CustomResourceDefinition');
  const targets = manifests.map((manifest) =>
    targetOf(manifest, resources, { definitions, namespace: server.namespace }),
  );
  // What is in a namespace that comes along is admitted with the namespace in view.
  const ordered = targets.toSorted((a, b) => Number(isNamespace(b)) - Number(isNamespace(a)));
  const { fieldManager, validate: fieldValidation, forceConflicts: force } = options;
  const items = ordered.map(({ object }) => ({ operation: 'Apply', object, ...(force ? { force } : {}) }));
  const results = await writeTogether(server, { fieldManager, fieldValidation, items }, options);
  for (const [index, { resource, object }] of ordered.entries()) {
    const name = text(object['metadata'], 'name');
    print(`${shownPlace({ resource, name })} ${results[index] ?? 'unknown'}${dryRunText(options)}`);
  }
}

interface Target {
  readonly object: JsonObject;
  readonly resource: ServedResource;
}

function isNamespace({ resource }: Target): boolean {
  return resource.group === '' && resource.kind === 'Namespace';
}

/** @throws {CommandError} for kinds the server does not know. */
function targetOf(
  { object, where }: Manifest,
  resources: readonly ServedResource[],
  { definitions, namespace }: { readonly definitions: readonly JsonObject[]; readonly namespace: string },
): Target {
  const { metadata } = object;
  const [apiVersion, kind] = [text(object, 'apiVersion'), text(object, 'kind')];
  const { group, version } = parseApiVersion(apiVersion);
  const resource = resources.find((one) => one.group === group && one.kind === kind);
  if (resource === undefined) {
    const isComing = definitions.some((definition) => defines(definition, group, kind));
    throw new CommandError(
      `${where}: no matches for kind "${kind}" in version "${apiVersion}"`,
      isComing
        ? 'its CustomResourceDefinition is among the objects: apply that first, then the rest; a kind cannot come with its definition'
        : 'ensure CRDs are installed first',
    );
  }
  const named = isJsonObject(metadata) ? metadata : {};
  const own = resource.namespaced && named['namespace'] === undefined ? { namespace } : {};
  return { object: { ...object, metadata: { ...named, ...own } }, resource: { ...resource, version } };
}

function defines({ spec }: JsonObject, group: string, kind: string): boolean {
  if (!isJsonObject(spec) || !isJsonObject(spec['names'])) return false;
  return spec['group'] === group && spec['names']['kind'] === kind;
}
