import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { silentLogger } from '../../kernel/base/logger.ts';
import { openLogger } from '../logging.ts';
import { serveBareKernel } from './main.ts';

/** How a kernel is started by `startKernel`; every option may be left out. */
export interface StartKernelOptions {
  /**
   * Folder for its store, keys and kubeconfig, which stays and can be started from again. Default: a new one in the
   * system's folder for temporary files, removed by `stop`.
   */
  readonly data?: string;
  /** Port to listen on. Default 0: any free one. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Which log lines to write to standard error, as JSON. Default: none. */
  readonly log?: 'debug' | 'info' | 'warn' | 'error';
  /** Nodes that are played: pods are bound to them and seem to run. Default 0: pods stay pending. */
  readonly simulateNodes?: number;
}

/** A kernel that runs in this process. */
export interface RunningKernel extends AsyncDisposable {
  /** `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** Certificate of the authority that signed the serving certificate, PEM. */
  readonly ca: string;
  /** Path of the administrator's kubeconfig; everything in it is embedded. */
  readonly kubeconfigPath: string;
  /** Text of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  /**
   * Ends requests and watches, closes the store, and removes the data folder if it was temporary. Calling it again
   * waits for the same end.
   * @throws what ended the kernel before, for example a disk that cannot be written any more.
   */
  stop(): Promise<void>;
}

/**
 * Starts an API server in this process, for tests of operators and other clients of Kubernetes: the standard kinds and
 * those you define, with admission, defaulting, watches, garbage collection and namespace deletion.
 * Resolves when it answers. Any number may run side by side.
 * @throws when it cannot start, saying why: the port is taken, the folder is in use.
 */
export async function startKernel(options: StartKernelOptions = {}): Promise<RunningKernel> {
  const isTemporary = options.data === undefined;
  const dataFolder = isTemporary ? await mkdtemp(join(tmpdir(), 'planform-kernel-')) : resolve(options.data);
  const stopping = new AbortController();
  const { promise: ready, resolve: onReady } = Promise.withResolvers<string>();
  const served = serve({ ...options, data: dataFolder, isTemporary, onReady }, stopping.signal);
  // A kernel that fails before it answers fails this call; one that fails later says so when it is stopped.
  const url = await Promise.race([ready, served.then(() => '')]);
  const kubeconfigPath = join(dataFolder, 'kubeconfig');
  const stop = () => {
    stopping.abort(new DOMException('Stopped', 'AbortError'));
    return served;
  };
  return {
    url,
    ca: await readFile(join(dataFolder, 'pki', 'ca.crt'), 'utf8'),
    kubeconfigPath,
    kubeconfig: await readFile(kubeconfigPath, 'utf8'),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

interface ServeOptions extends StartKernelOptions {
  readonly data: string;
  readonly isTemporary: boolean;
  readonly onReady: (url: string) => void;
}

async function serve(options: ServeOptions, stop: AbortSignal): Promise<void> {
  const { data: dataFolder, host = '127.0.0.1', port = 0, simulateNodes: simulatedNodes = 0, onReady } = options;
  const log = options.log === undefined ? silentLogger : openLogger(options.log, { component: 'kernel' });
  try {
    await serveBareKernel({ dataFolder, host, port, simulatedNodes, log, onReady }, stop);
  } finally {
    if (options.isTemporary) await rm(dataFolder, { recursive: true, force: true });
  }
}
