function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Orders versions as Kubernetes prefers them: stable before beta before alpha, newer before older, anything else last
 * by name (apimachinery `version.CompareKubeAwareVersionStrings`). Negative when `a` is preferred.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [versionRank(a), versionRank(b)];
  if (left === undefined || right === undefined) {
    if (left !== undefined) return -1;
    return right === undefined ? compareText(a, b) : 1;
  }
  return right.stability - left.stability || right.major - left.major || right.minor - left.minor;
}

function versionRank(version: string) {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  const stability = match[2] === undefined ? 2 : match[2] === 'beta' ? 1 : 0;
  return { stability, major: Number(match[1]), minor: Number(match[3] ?? 0) };
}
