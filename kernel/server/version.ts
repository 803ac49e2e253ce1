/** What `/version` reports (`k8s.io/apimachinery/pkg/version.Info`). */
export interface ServerVersion {
  /** Version of Planform, for example `0.1.0`. */
  readonly product: string;
  /** Commit it was built from; empty when unknown. */
  readonly gitCommit: string;
  /** RFC 3339; empty when unknown. */
  readonly buildDate: string;
}

/** Kubernetes minor version whose API the kernel follows: kubectl warns when it is more than one minor away. */
const kubernetesMinor = 36;

/** The document at `/version`. Clients read major, minor and gitVersion as those of a Kubernetes server. */
export function versionDocument(version: ServerVersion, runtime: { readonly name: string; readonly platform: string }) {
  return {
    major: '1',
    minor: String(kubernetesMinor),
    gitVersion: `v1.${kubernetesMinor}.0+planform${version.product}`,
    gitCommit: version.gitCommit,
    gitTreeState: 'clean',
    buildDate: version.buildDate,
    goVersion: runtime.name,
    compiler: 'node',
    platform: runtime.platform,
  };
}
