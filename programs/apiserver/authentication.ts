import type { MetricSource } from '../../kernel/base/metrics.ts';
import type { Authenticator } from '../../kernel/ports/auth.ts';

/** How people are known besides by certificates, as a file of the administrator says. */
export interface ConfiguredAuthentication {
  /** Asked after the server's own authenticators. */
  readonly authenticator: Authenticator;
  /** Whether a request without credentials for a path is answered. */
  readonly allowsAnonymous: (path: string) => boolean;
  readonly metrics: MetricSource;
  /** Follows the file until `stop` aborts. */
  readonly run: (stop: AbortSignal) => Promise<void>;
}
