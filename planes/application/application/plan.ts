import { createHash } from 'node:crypto';
import { labelLengthMax } from '../../../kernel/meta/names.ts';
import {
  type Json,
  type JsonObject,
  type KubeObject,
  isJsonObject,
  parseApiVersion,
} from '../../../kernel/meta/object.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { Draft } from '../../../kernel/meta/object.ts';
import type { KindDefinition } from '../../../kernel/schema/kind.ts';
import { bundleName } from '../../management/bundle/type.ts';
import { siteNamespace } from '../../management/site/type.ts';
import type { Work } from '../../management/work/type.ts';
import type { RenderedComponent } from './bundle.ts';
import {
  type Application,
  type Component,
  applicationNameLabel,
  applicationNamespaceLabel,
  applicationUidLabel,
} from './type.ts';

/** Finds the kind a manifest is of; `undefined` when sites do not know it. */
export type FindKind = (apiVersion: string, kind: string) => KindDefinition | undefined;

/** Why a manifest, or all of an application, could not be rendered. */
export interface RenderProblem {
  readonly reason: 'DependencyCycle' | 'SecretsNotSealed' | 'UnknownKind' | 'InvalidManifest' | 'DuplicateObject';
  /** Names the component and the manifest. */
  readonly message: string;
}

/** An application turned into objects. */
export interface Rendering {
  readonly components: readonly RenderedComponent[];
  /** Manifests that are left out; the others go on. */
  readonly problems: readonly RenderProblem[];
  /** Components depend on each other in a circle: nothing can be delivered. */
  readonly isImpossible: boolean;
}

/** Turns an application into the objects of a bundle. What cannot be used is left out and named. */
export function render(application: Application, findKind: FindKind): Rendering {
  const { components } = application.spec;
  const cycle = findCycle(components);
  if (cycle !== undefined) {
    const message = `Components depend on each other in a circle: ${cycle.map((name) => `"${name}"`).join(' → ')}`;
    return { components: [], problems: [{ reason: 'DependencyCycle', message }], isImpossible: true };
  }
  const problems: RenderProblem[] = [];
  const seen = new Map<string, string>();
  const rendered = components.map((component) => ({
    name: component.name,
    dependsOn: component.dependsOn ?? [],
    manifests: (component.manifests ?? []).flatMap((manifest, index) => {
      const place = `component "${component.name}": manifests[${index}]`;
      const result = renderManifest(manifest, application.metadata.namespace ?? '', findKind);
      const problem = 'reason' in result ? result : findDuplicate(result, place, seen);
      if (problem !== undefined) problems.push({ ...problem, message: `${place}: ${problem.message}` });
      return 'reason' in result || problem !== undefined ? [] : [result.manifest];
    }),
  }));
  return { components: rendered, problems, isImpossible: false };
}

interface RenderedManifest {
  readonly manifest: KubeObject;
  readonly key: string;
}

function renderManifest(manifest: JsonObject, namespace: string, findKind: FindKind): RenderedManifest | RenderProblem {
  const { apiVersion, kind: kindName, metadata, status: _status, ...body } = manifest;
  if (typeof apiVersion !== 'string' || typeof kindName !== 'string') {
    return { reason: 'InvalidManifest', message: 'apiVersion and kind must be set' };
  }
  const name = isJsonObject(metadata) ? metadata['name'] : undefined;
  if (!isJsonObject(metadata) || typeof name !== 'string' || name === '') {
    return { reason: 'InvalidManifest', message: `${kindName} has no metadata.name` };
  }
  if (kindName === 'Secret' && apiVersion === 'v1') {
    return {
      reason: 'SecretsNotSealed',
      message: `Secret "${name}" is refused: an application must not carry secrets in the clear; create it at the sites`,
    };
  }
  const kind = findKind(apiVersion, kindName);
  if (kind === undefined)
    return { reason: 'UnknownKind', message: `kind "${kindName}" in version "${apiVersion}" is not known` };
  const place =
    kind.scope === 'Namespaced'
      ? { namespace: typeof metadata['namespace'] === 'string' ? metadata['namespace'] : namespace }
      : {};
  const rendered = { apiVersion, kind: kindName, metadata: { ...ownMetadata(metadata), name, ...place }, ...body };
  const { group } = parseApiVersion(apiVersion);
  return {
    manifest: rendered as JsonObject as KubeObject & JsonObject,
    key: `${group}/${kindName}/${place.namespace ?? ''}/${name}`,
  };
}

/** What an author may say in metadata; the rest belongs to the server that holds the object. */
function ownMetadata(metadata: JsonObject): Readonly<Record<string, Json>> {
  const own: Record<string, Json> = {};
  for (const field of ['labels', 'annotations']) if (metadata[field] !== undefined) own[field] = metadata[field];
  return own;
}

function findDuplicate(
  { key, manifest }: RenderedManifest,
  place: string,
  seen: Map<string, string>,
): RenderProblem | undefined {
  const first = seen.get(key);
  if (first === undefined) seen.set(key, place);
  return first === undefined
    ? undefined
    : { reason: 'DuplicateObject', message: `${manifest.kind} "${manifest.metadata.name}" is in ${first} already` };
}

/** A circle of `dependsOn`, its first component named again at the end; `undefined` when there is none. */
export function findCycle(components: readonly Pick<Component, 'name' | 'dependsOn'>[]): readonly string[] | undefined {
  const needs = new Map(components.map((component) => [component.name, component.dependsOn ?? []]));
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (finished.has(name)) return undefined;
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    for (const need of needs.get(name) ?? []) {
      const cycle = visit(need, [...path, name]);
      if (cycle !== undefined) return cycle;
    }
    finished.add(name);
    return undefined;
  };
  for (const { name } of components) {
    const cycle = visit(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

/** Name of the Work of an application, the same in every site's namespace; short enough for the label of what it delivers. */
export function workName(application: { readonly namespace: string; readonly name: string }): string {
  const whole = `${application.namespace}.${application.name}`;
  if (whole.length <= labelLengthMax) return whole;
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 10);
  return `${whole.slice(0, labelLengthMax - 11).replace(/[.-]+$/, '')}-${hash}`;
}

/** What is wanted of the Works of an application. */
export interface WorksQuestion {
  readonly application: Application;
  readonly digest: string;
  /** Names of the chosen sites. */
  readonly chosen: readonly string[];
  /** The Works there are, by site name. */
  readonly existing: ReadonlyMap<string, Work>;
}

/** What to do about the Works of an application. */
export interface WorksPlan {
  readonly create: readonly Draft<Work>[];
  readonly update: readonly { readonly work: Work; readonly spec: Work['spec'] }[];
  readonly remove: readonly Work[];
  /** A Work of an older application of the same name is still being removed. */
  readonly blocked: readonly Work[];
}

/** Compares Works with what is wanted. A Work that is being removed is left alone until it is gone. */
export function planWorks({ application, digest, chosen, existing }: WorksQuestion): WorksPlan {
  const spec = workSpec(application, digest);
  const create: Draft<Work>[] = [];
  const update: { readonly work: Work; readonly spec: Work['spec'] }[] = [];
  const blocked: Work[] = [];
  for (const site of chosen) {
    const work = existing.get(site);
    if (work === undefined) create.push(workDraft(application, site, spec));
    else if (work.metadata.deletionTimestamp !== undefined || !isOwn(work, application)) blocked.push(work);
    else if (!isSpecAsWanted(work.spec, spec)) update.push({ work, spec });
  }
  const wanted = new Set(chosen);
  const remove = [...existing].filter(
    ([site, work]) => !wanted.has(site) && isOwn(work, application) && work.metadata.deletionTimestamp === undefined,
  );
  return { create, update, remove: remove.map(([, work]) => work), blocked };
}

/** True if the Work belongs to this very application. */
export function isOwn(work: Work, application: Application): boolean {
  return work.metadata.labels?.[applicationUidLabel] === application.metadata.uid;
}

function workSpec(application: Application, digest: string): Work['spec'] {
  const namespace = application.metadata.namespace ?? '';
  return {
    bundle: { digest, namespace, name: bundleName(digest) },
    onReconnect: application.spec.onReconnect ?? 'HubWins',
  };
}

/** Fields that people set on a Work, such as the confirmation of a removal, are theirs. */
function isSpecAsWanted(found: Work['spec'], wanted: Work['spec']): boolean {
  return jsonEquals(found.bundle, wanted.bundle) && found.onReconnect === wanted.onReconnect;
}

function workDraft(application: Application, site: string, spec: Work['spec']): Draft<Work> {
  const { namespace = '', name, uid } = application.metadata;
  return {
    metadata: {
      namespace: siteNamespace(site),
      name: workName({ namespace, name }),
      labels: {
        [applicationNamespaceLabel]: namespace,
        [applicationNameLabel]: labelValue(name),
        [applicationUidLabel]: uid,
      },
      annotations: { [applicationNameLabel]: name },
    },
    spec,
  };
}

/** Names may be longer than label values; the annotation has the whole name. */
export function labelValue(name: string): string {
  return name.length <= 63 ? name : name.slice(0, 63).replace(/[.-]+$/, '');
}
