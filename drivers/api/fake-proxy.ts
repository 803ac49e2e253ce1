import type { ProxyConfig, ProxyStatus, ServiceProxy } from './proxy.ts';
import { proxyConfigDigest } from './proxy-digest.ts';
import { DriverError } from './runtime.ts';

/**
 * A proxy in memory. It goes on serving whatever happens to the `ServiceProxy` objects opened on it, as the real
 * process outlives the agent.
 */
export class FakeProxyHost {
  #config: ProxyConfig | undefined;
  #pid = 500;
  #isConfirming = true;
  readonly #busyPorts = new Set<string>();
  /** How often `apply` changed something; idempotent calls do not count. */
  changeCount = 0;

  /** The configuration in force; `undefined` when the proxy does not run. */
  get config(): ProxyConfig | undefined {
    return this.#config;
  }

  /** Marks `address:port` as taken by somebody else: listeners on it fail, the others go on. */
  occupy(address: string, port: number): void {
    this.#busyPorts.add(`${address}:${port}`);
  }

  /** From now on `apply` is not confirmed (`NotConfirmed`), or is again. */
  setConfirming(isConfirming: boolean): void {
    this.#isConfirming = isConfirming;
  }

  /** Ends the proxy as `kill -9` would. */
  kill(): void {
    this.#config = undefined;
  }

  /** Where a new connection would go: the backends of the listener, or `undefined` when it would be refused. */
  backendsOf(address: string, port: number): readonly string[] | undefined {
    if (this.#busyPorts.has(`${address}:${port}`)) return undefined;
    const listener = this.#config?.listeners.find((item) => item.address === address && item.port === port);
    return listener?.backends.map((backend) => `${backend.address}:${backend.port}`);
  }

  /** A proxy port on this host. */
  openProxy(): ServiceProxy {
    return {
      apply: async (config, signal) => {
        signal.throwIfAborted();
        this.#apply(config);
      },
      observe: async (signal) => {
        signal.throwIfAborted();
        return this.#config === undefined ? undefined : this.#status(this.#config);
      },
      stop: async (signal) => {
        signal.throwIfAborted();
        this.#config = undefined;
      },
    };
  }

  #apply(config: ProxyConfig): void {
    if (!this.#isConfirming) throw new DriverError('NotConfirmed', 'The proxy has not confirmed its configuration');
    if (this.#config === undefined) this.#pid++;
    else if (proxyConfigDigest(config) === proxyConfigDigest(this.#config)) return;
    this.#config = structuredClone(config);
    this.changeCount++;
  }

  #status(config: ProxyConfig): ProxyStatus {
    const isBusy = (item: { readonly address: string; readonly port: number }) =>
      this.#busyPorts.has(`${item.address}:${item.port}`);
    const open = config.listeners.filter((listener) => !isBusy(listener));
    return {
      pid: this.#pid,
      configDigest: proxyConfigDigest(config),
      podUids: [...new Set(open.flatMap((listener) => listener.backends.map((backend) => backend.podUid)))].sort(),
      failures: config.listeners.filter(isBusy).map((listener) => ({
        name: listener.name,
        message: `Cannot listen on ${listener.address}:${listener.port}: address already in use`,
      })),
    };
  }
}
