/**
 * Places of API groups, and of versions in them, where the order decides what clients take: discovery, APIServices. Higher
 * numbers are preferred. Those of Kubernetes are its own (kube-apiserver `apiVersionPriorities`).
 */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
  // Upstream has no number for it and puts it before all that have a name.
  'apiregistration.k8s.io': 17_900,
  apps: 17_800,
  'events.k8s.io': 17_750,
  'authentication.k8s.io': 17_700,
  'authorization.k8s.io': 17_600,
  autoscaling: 17_500,
  batch: 17_400,
  'certificates.k8s.io': 17_300,
  'networking.k8s.io': 17_200,
  policy: 17_100,
  'rbac.authorization.k8s.io': 17_000,
  'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700,
  'admissionregistration.k8s.io': 16_700,
  'scheduling.k8s.io': 16_600,
  'coordination.k8s.io': 16_500,
  'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200,
  'resource.k8s.io': 16_200,
  'flowcontrol.apiserver.k8s.io': 16_100,
};

/** Places of versions other than the usual one. */
const versionPriorities: Readonly<Record<string, number>> = {
  v1: 1,
  'autoscaling/v2': 30,
  'resource.k8s.io/v1': 21,
  'flowcontrol.apiserver.k8s.io/v1': 21,
};
/** Groups that Kubernetes does not have: below its own, above those of custom resources. */
const otherGroupPriority = 2_000;
const usualVersionPriority = 15;

/** Custom resources; upstream orders their versions by name. */
export const customPriorities = { group: 1_000, version: 100 } as const;

/** Place of a group that a server has from its start. @param group empty for the core group. */
export function groupPriority(group: string): number {
  return groupPriorities[group] ?? otherGroupPriority;
}

/** Place of a version in its group, which a server has from its start. @param apiVersion `v1` or `apps/v1`. */
export function versionPriority(apiVersion: string): number {
  return versionPriorities[apiVersion] ?? usualVersionPriority;
}
