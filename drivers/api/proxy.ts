/**
 * A layer 4 proxy in front of services on this host: one detached process that outlives the agent, told what to do by
 * an atomically replaced file, attached to again after a restart.
 */
export interface ServiceProxy {
  /**
   * Makes the proxy serve exactly `config`: starts it when it does not run, replaces its file when that differs.
   * Resolves when the proxy has confirmed the configuration.
   * @throws {DriverError} `StartFailed`, `NotConfirmed` (the old configuration stays in force).
   */
  apply(config: ProxyConfig, signal: AbortSignal): Promise<void>;
  /** What the running proxy has confirmed last; `undefined` when it does not run. */
  observe(signal: AbortSignal): Promise<ProxyStatus | undefined>;
  /** Ends the proxy process; only when the site is being taken down. */
  stop(signal: AbortSignal): Promise<void>;
}

/** Everything the proxy is to do. */
export interface ProxyConfig {
  readonly listeners: readonly ProxyListener[];
}

/** One address and port in front of some backends; TCP. */
export interface ProxyListener {
  /** For people: `namespace/service:port`. */
  readonly name: string;
  /** Loopback address of the service. */
  readonly address: string;
  readonly port: number;
  readonly backends: readonly ProxyBackend[];
}

/** Where connections go; new ones are spread round-robin, and retried on the next backend when refused. */
export interface ProxyBackend {
  readonly address: string;
  readonly port: number;
  /** uid of the pod behind it. */
  readonly podUid: string;
}

/** What the proxy confirmed. */
export interface ProxyStatus {
  readonly pid: number;
  /** Digest of the configuration in force. */
  readonly configDigest: string;
  /** Pods with a backend in force. A pod that is not here gets no new connections. */
  readonly podUids: readonly string[];
  /** Listeners that could not be opened, with the reason. */
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}
