import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { namespaceLifecycle } from '../../admission/namespace-lifecycle.ts';
import { authenticatorChain, certificateAuthenticator } from '../../auth/authenticators.ts';
import { mastersAuthorizer } from '../../auth/authorizers.ts';
import type { Logger } from '../../base/logger.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { kernelKinds } from '../../kinds/index.ts';
import { openRegistry } from '../../registry/registry.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { array, integer, object, required, string } from '../../schema/schema.ts';
import { openMemoryStore } from '../../store/memory/memory-store.ts';
import { createHandler } from '../handler.ts';
import { startListener } from '../listener.ts';
import { openAuthority } from '../pki/file-authority.ts';
import { servingProfile } from '../pki/kept-certificate.ts';
import { writeKubeconfig } from '../pki/kubeconfig.ts';

/** A kind with everything a custom resource has. */
export const gear: KindDefinition = {
  group: 'test.planform.dev',
  kind: 'Gear',
  plural: 'gears',
  singular: 'gear',
  shortNames: ['gr'],
  categories: ['all'],
  scope: 'Namespaced',
  versions: [
    {
      name: 'v1',
      served: true,
      schema: object({
        spec: required(
          object(
            {
              teeth: required(integer({ minimum: 1, description: 'How many teeth.' })),
              replicas: integer({ default: 1 }),
              parts: array(object({ name: required(string()), size: integer() }), {
                listType: 'map',
                listMapKeys: ['name'],
              }),
            },
            { description: 'What the gear is to be.' },
          ),
        ),
        status: object({ replicas: integer() }),
      }),
      columns: [{ name: 'Teeth', type: 'integer', description: 'How many teeth.', value: '.spec.teeth' }],
    },
  ],
  storageVersion: 'v1',
  statusSubresource: true,
  scale: { specReplicasPath: 'spec.replicas', statusReplicasPath: 'status.replicas', labelSelectorPath: '' },
  history: 'spec',
};

/** What a command printed and how it ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A served kernel and kubectl pointed at it. */
export interface KubectlWorld extends AsyncDisposable {
  readonly folder: string;
  readonly server: string;
  readonly kubeconfig: string;
  readonly kubectl: (args: readonly string[], input?: string) => Promise<CommandResult>;
}

/** Path of a real kubectl 1.`minor`; `undefined` when it is not on this machine. */
export function kubectlPath(minor: number): string | undefined {
  const cache =
    process.env['PLANFORM_TEST_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'planform-tests');
  const path = join(cache, `kubectl-1.${minor}`);
  return existsSync(path) ? path : undefined;
}

/** Serves the kernel's own kinds and `gear` on a free port, from memory. */
export async function openKubectlWorld(path: string, logger: Logger): Promise<KubectlWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'planform-kubectl-'));
  const tools = { clock: systemClock, random: systemRandom };
  const { signal } = new AbortController();
  const registry = await openRegistry(
    {
      store: openMemoryStore(),
      kinds: [...kernelKinds, gear],
      admission: [namespaceLifecycle],
      onFatal: (error) => {
        throw error;
      },
      log: logger,
      ...tools,
    },
    signal,
  );
  const handler = createHandler({
    resources: registry.resources,
    catalog: registry.catalog,
    authenticator: authenticatorChain([certificateAuthenticator()]),
    authorizer: mastersAuthorizer,
    logger,
    version: { product: '0.1.0', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
    ...tools,
  });
  const authority = await openAuthority({ folder, commonName: 'test', ...tools });
  const admin = await authority.issue({
    commonName: 'admin',
    organizations: ['system:masters'],
    usage: 'client',
    names: [],
    validForMs: 3_600_000,
  });
  const listener = await startListener({
    handler,
    host: '127.0.0.1',
    port: 0,
    serving: await authority.issue(servingProfile()),
    clientCaPems: [authority.certificatePem],
    logger,
    ...tools,
  });
  const server = `https://127.0.0.1:${listener.port}`;
  const kubeconfig = join(folder, 'kubeconfig');
  await writeKubeconfig({
    path: kubeconfig,
    server,
    name: 'test',
    caPem: authority.certificatePem,
    clientCertPem: admin.certificatePem,
    clientKeyPem: admin.keyPem,
  });
  return {
    folder,
    server,
    kubeconfig,
    kubectl: (args, input) =>
      run(path, ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache'), ...args], input),
    async [Symbol.asyncDispose]() {
      await listener.stop(0);
      await registry.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function run(file: string, args: readonly string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(file, [...args], { timeout: 60_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
