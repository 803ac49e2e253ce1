import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Clock } from '../../kernel/base/clock.ts';
import type { RuntimeFeatures } from '../api/runtime.ts';
import type { ControlGroupHost } from './control-groups.ts';
import { probeControlGroups } from './control-groups.ts';
import { encodeEnvironment, systemPath } from './environment.ts';
import type { ContainerView } from './launch.ts';
import { enterArguments, viewLauncher } from './launch.ts';
import { buildRootView } from './root-view.ts';
import { runCommand } from './run-command.ts';

/** What works on this host, and how. */
export interface Fingerprint {
  readonly features: RuntimeFeatures;
  readonly view: ContainerView;
  /** Absent where limits cannot be set. */
  readonly controlGroups: ControlGroupHost | undefined;
}

/** Which features not to use even where they work; for hosts where they do harm, and for tests. */
export interface FingerprintOptions {
  readonly folder: string;
  /** `never`: mount paths are relocated. */
  readonly mounts: 'auto' | 'never';
  /** `never`: limits are ignored, and processes are found by session and environment alone. */
  readonly controlGroups: 'auto' | 'never';
  readonly clock: Clock;
}

const probeTimeoutMs = 10_000;
const hostView: ContainerView = { mounts: false, userNamespace: false };

/** Finds out what works by doing it: enters a real view with mounts at paths the host lacks, makes real control groups. */
export async function takeFingerprint(options: FingerprintOptions, signal: AbortSignal): Promise<Fingerprint> {
  await mkdir(options.folder, { recursive: true, mode: 0o700 });
  const probe = await mkdtemp(join(options.folder, 'probe-'));
  try {
    const { view, reason: mountReason } = await findView(options, probe, signal);
    const groups =
      options.controlGroups === 'never'
        ? { host: undefined, reason: 'switched off' }
        : await probeControlGroups(`planform-${basename(probe)}`);
    const reasons: string[] = [];
    if (!view.mounts) reasons.push(`mount paths are relocated: ${mountReason}`);
    if (groups.host === undefined) reasons.push(`limits are ignored: ${groups.reason}`);
    return {
      features: { mounts: view.mounts, limits: groups.host !== undefined, reasons },
      view,
      controlGroups: groups.host,
    };
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

async function findView(
  options: FingerprintOptions,
  probe: string,
  signal: AbortSignal,
): Promise<{ readonly view: ContainerView; readonly reason: string }> {
  if (options.mounts === 'never') return { view: hostView, reason: 'switched off' };
  let reason = '';
  for (const view of [
    { mounts: true, userNamespace: false },
    { mounts: true, userNamespace: true },
  ]) {
    const problem = await tryView(view, await mkdtemp(join(probe, 'view-')), options.clock, signal);
    if (problem === undefined) return { view, reason: '' };
    reason = problem;
  }
  return { view: hostView, reason };
}

/** @returns what does not work; `undefined` when all does. */
async function tryView(
  view: ContainerView,
  folder: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const file = join(folder, 'probe');
  const atTop = { path: '/planform-probe/file', hostPath: file, readOnly: true };
  const inFolder = { path: '/etc/planform-probe/file', hostPath: file, readOnly: false };
  await writeFile(file, 'works');
  await writeFile(join(folder, 'env'), encodeEnvironment({ PATH: systemPath }));
  await writeFile(join(folder, 'fstab'), await buildRootView(folder, folder, [atTop, inFolder]));
  await using env = await open(join(folder, 'env'), 'r');
  const check = 'cat "$1" "$2" && ! { true >> "$1"; } 2> /dev/null && true >> "$2"';
  const command = ['sh', '-c', check, 'sh', atTop.path, inFolder.path];
  const result = await runCommand(
    {
      command: [
        ...viewLauncher(view),
        ...enterArguments({ folder, mode: 'mount', workingDir: '/', controlGroups: [], command }),
      ],
      env: { PATH: systemPath },
      descriptor3: env.fd,
      timeoutMs: probeTimeoutMs,
      outputBytesMax: 1000,
    },
    clock,
    signal,
  );
  const output = Buffer.from(result.output).toString().trim();
  return result.exitCode === 0 && output === 'worksworks' ? undefined : output || `exit code ${result.exitCode}`;
}
