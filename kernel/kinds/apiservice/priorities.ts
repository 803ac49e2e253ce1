/** Places of a group among others and of a version in its group; clients prefer higher numbers. */
export interface ApiPriorities {
  readonly group: number;
  readonly version: number;
}

/** Groups of Kubernetes that are served, with a place for each (kube-apiserver `apiVersionPriorities`). */
const groupPriorities: Readonly<Record<string, number>> = {
  '': 18_000,
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
export const customPriorities: ApiPriorities = { group: 1_000, version: 100 };

/** Priorities of a version that a server has from its start. @param apiVersion `v1` or `apps/v1`. */
export function builtInPriorities(group: string, apiVersion: string): ApiPriorities {
  return {
    group: groupPriorities[group] ?? otherGroupPriority,
    version: versionPriorities[apiVersion] ?? usualVersionPriority,
  };
}
