import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { command } from '../world.ts';

/** Go modules of projects whose definitions are installed in many places, with the versions that are tried. */
export const projectModules: readonly string[] = [
  'github.com/argoproj/argo-cd/v3@v3.1.0',
  'github.com/argoproj/argo-rollouts@v1.8.3',
  'github.com/cert-manager/cert-manager@v1.19.1',
  'github.com/cilium/cilium@v1.20.2',
  'github.com/crossplane/crossplane@v1.20.0',
  'github.com/external-secrets/external-secrets@v1.3.2',
  'github.com/fluxcd/kustomize-controller@v1.6.0',
  'github.com/kedacore/keda/v2@v2.21.0',
  'github.com/kyverno/kyverno@v1.19.1',
  'github.com/open-policy-agent/gatekeeper/v3@v3.23.1',
  'github.com/projectcontour/contour@v1.33.8',
  'github.com/prometheus-operator/prometheus-operator@v0.85.0',
  'github.com/traefik/traefik/v3@v3.7.13',
  'github.com/vmware-tanzu/velero@v1.18.3',
  'istio.io/api@v1.31.1',
  'knative.dev/serving@v0.51.0',
  'sigs.k8s.io/cluster-api@v1.14.2',
  'sigs.k8s.io/gateway-api@v1.4.0',
  'sigs.k8s.io/karpenter@v1.6.0',
  'sigs.k8s.io/kueue@v0.14.0',
];

/** One object as a file says it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** A definition of a custom kind, as far as it is read here. */
export interface Definition extends Manifest {
  readonly spec: {
    readonly group: string;
    readonly scope: 'Namespaced' | 'Cluster';
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
    readonly conversion?: { readonly strategy: string };
  };
}

/** What one project brings. */
export interface Project {
  /** One for each name. */
  readonly definitions: readonly Definition[];
  /** Every object of one of these kinds in any file of the project, examples of what is wrong among them. */
  readonly samples: readonly Manifest[];
}

/** Fetches a module, checked against Go's checksum database, and reads its files. @throws {Error} what `go` said. */
export async function readProject(module: string): Promise<Project> {
  const path = `PATH=${process.env['PATH']}:/usr/local/go/bin`;
  const { code, stdout, stderr } = await command('env', [path, 'go', 'mod', 'download', '-json', module], {
    timeoutMs: 300_000,
  });
  if (code !== 0) throw new Error(`Fetch ${module}: ${stderr}${stdout}`);
  const { Dir: folder } = JSON.parse(stdout) as { readonly Dir: string };
  const texts = globSync('**/*.{yaml,yml}', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map((file) => readFileSync(file, 'utf8'));
  const definitions = uniqueDefinitions(texts);
  const kinds = new Set(definitions.flatMap(({ spec }) => spec.versions.map(({ name }) => kindOf(spec, name))));
  const groups = [...new Set(definitions.map(({ spec }) => `${spec.group}/`))];
  const samples = texts
    .filter((text) => groups.some((group) => text.includes(group)))
    .flatMap(manifests)
    .filter(({ apiVersion, kind }) => kinds.has(`${apiVersion}/${kind}`));
  return { definitions, samples };
}

const kindOf = ({ group, names }: Definition['spec'], version: string) => `${group}/${version}/${names.kind}`;

function uniqueDefinitions(texts: readonly string[]): readonly Definition[] {
  const found = texts
    .filter((text) => /^kind: *CustomResourceDefinition/m.test(text))
    .flatMap(manifests)
    .filter(isDefinition)
    .map(withoutWebhook);
  return [...new Map(found.toReversed().map((one) => [one.metadata.name, one])).values()].toReversed();
}

/** Patches of definitions have their kind too. */
function isDefinition(manifest: Manifest): manifest is Definition {
  if (manifest.apiVersion !== 'apiextensions.k8s.io/v1' || manifest.kind !== 'CustomResourceDefinition') return false;
  const { spec } = manifest as Partial<Definition>;
  return spec?.group !== undefined && 'names' in spec && 'versions' in spec;
}

/** The webhooks of the projects do not run here. */
function withoutWebhook({ spec: { conversion: _webhook, ...spec }, ...rest }: Definition): Definition {
  return { ...rest, spec };
}

/** Whatever in a file is an object; templates are no YAML and bring nothing. */
function manifests(text: string): readonly Manifest[] {
  return [...parseAllDocuments(text, { logLevel: 'error' })]
    .filter((document) => 'errors' in document && document.errors.length === 0)
    .map((document): unknown => document.toJS())
    .filter(isManifest);
}

function isManifest(value: unknown): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { apiVersion, kind, metadata } = value as Readonly<Record<string, unknown>>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return false;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata && typeof metadata.name === 'string';
}
