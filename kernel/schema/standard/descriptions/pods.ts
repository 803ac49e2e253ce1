import type { Descriptions } from './text.ts';

/** Pods: what they run as a whole, where they are placed and what is reported of them. */
export const podDescriptions: Descriptions = {
  'core/v1.Pod': {
    '': 'Containers that run together on one node and share network and volumes.',
    spec: 'What the pod runs and where it may run. Only a few fields can change afterwards.',
    status: 'What was last seen of the pod. Written by its node.',
  },
  'core/v1.PodTemplate': {
    '': 'What pods may be made from, kept as an object of its own.',
    template: 'The pods that can be made from it.',
  },
  'core/v1.PodTemplateSpec': {
    '': 'What pods are made from.',
    metadata: 'Labels, annotations and finalizers the pods get. Names are given by whoever makes them.',
    spec: 'What the pods run and where they may run.',
  },
  'core/v1.PodSpec': {
    '': 'What a pod runs and where it may run.',
    containers: 'The containers, at least one. The list cannot change while the pod exists.',
    initContainers:
      'Containers that run one after the other and must succeed before the others start. One with restartPolicy Always is a sidecar: it starts here and stays.',
    ephemeralContainers:
      'Containers added to the running pod for debugging, through the subresource ephemeralcontainers.',
    volumes: 'Files and directories containers of the pod can mount.',
    restartPolicy:
      'Whether containers that end are started again: Always (default), OnFailure (exit code other than 0) or Never.',
    terminationGracePeriodSeconds:
      'Seconds between the request to stop and the kill; 0 kills at once. Hooks before the stop count too. Default 30.',
    activeDeadlineSeconds:
      'Seconds, 1 or more, after which the pod is stopped and counts as failed. Default: no bound.',
    nodeSelector: 'Labels a node must have to get the pod.',
    nodeName: 'The node the pod is bound to. Normally set by the scheduler; once set it stays.',
    serviceAccountName: 'The ServiceAccount the containers are towards the API. Default "default".',
    serviceAccount: 'Older name of serviceAccountName. Use that one.',
    automountServiceAccountToken:
      'Whether containers find a token of the ServiceAccount in their file system. Default: as the account says, otherwise true.',
    hostNetwork: 'The containers use the network of the node instead of one of their own. Default false.',
    hostPID: 'The containers see all processes of the node. Default false.',
    hostIPC: 'The containers share memory and semaphores with processes of the node. Default false.',
    hostUsers:
      'False gives the pod a user namespace of its own: root in a container is an ordinary user of the node. Default true.',
    shareProcessNamespace: 'All containers of the pod see the processes of each other. Default false.',
    hostname: 'Host name the containers see. Default: the name of the pod.',
    subdomain:
      'With it the full name of the pod is <hostname>.<subdomain>.<namespace>.svc.<domain>; usually a headless Service.',
    setHostnameAsFQDN:
      'Containers see the full name of the pod as their host name instead of its first part. Default false.',
    hostnameOverride:
      'Host name the containers see, whatever hostname, subdomain and setHostnameAsFQDN say; at most 64 characters.',
    imagePullSecrets: 'Secrets of the namespace with credentials for the registries of the images.',
    affinity: 'Rules that draw the pod to nodes or to other pods, or keep it away from them.',
    tolerations: 'Taints of nodes that do not keep the pod away.',
    topologySpreadConstraints: 'How pods that belong together are spread over zones or nodes. All must hold.',
    schedulerName: 'The scheduler that places the pod. Default default-scheduler.',
    schedulingGates: 'While any gate is left the pod is not placed. They can be removed but not added later.',
    schedulingGroup: 'Group of pods that are placed together or not at all.',
    priorityClassName:
      'PriorityClass that says how important the pod is compared to others. Default: the global default class.',
    priority: 'The number of the PriorityClass; higher is more important. Set by the server.',
    preemptionPolicy:
      'Whether less important pods may be removed to make room: PreemptLowerPriority (default) or Never. Taken from the PriorityClass.',
    hostAliases: 'Lines added to /etc/hosts of the containers.',
    dnsPolicy:
      'Where names are resolved: ClusterFirst (default) asks the DNS of the cluster, Default that of the node, None only what dnsConfig names. Pods with hostNetwork want ClusterFirstWithHostNet.',
    dnsConfig: 'Servers, search domains and options added to those of dnsPolicy.',
    enableServiceLinks:
      'Containers get environment variables with the addresses of the Services of the namespace. Default true.',
    readinessGates: 'Further conditions that must be True before the pod counts as ready.',
    runtimeClassName: 'RuntimeClass that says how nodes run the containers. Default: the usual runtime of the node.',
    overhead: 'What the runtime itself uses, added to the requests of the containers. Set from the RuntimeClass.',
    os: 'Operating system the containers need; it decides which fields are allowed.',
    securityContext: 'User, group and other rights of all containers; containers can say otherwise for themselves.',
    resourceClaims: 'Devices of the pod, by name; containers refer to them in resources.claims.',
    resources: 'What all containers together need and may use, of cpu, memory and huge pages.',
  },
  'core/v1.PodStatus': {
    '': 'What was last seen of a pod.',
    observedGeneration: 'The metadata.generation of the pod this status was written for.',
    phase:
      'Summary: Pending (not all containers were started yet), Running, Succeeded (all ended with 0), Failed (all ended, one badly) or Unknown.',
    conditions: 'Latest observations, such as PodScheduled, Initialized, ContainersReady and Ready.',
    message: 'For people: why the pod is in this phase.',
    reason: 'One word for why the pod is in this phase, such as Evicted.',
    nominatedNodeName: 'Node on which less important pods are making room for this one. It may still end up elsewhere.',
    hostIP: 'Address of the node, once the pod is placed.',
    hostIPs: 'Addresses of the node, at most one of each family; the first is hostIP.',
    podIP: 'Address of the pod inside the cluster, once it has one.',
    podIPs: 'Addresses of the pod, at most one of each family; the first is podIP.',
    startTime: 'When the node took the pod on, before it fetched any image.',
    containerStatuses: 'State of each container of spec.containers.',
    initContainerStatuses: 'State of each container of spec.initContainers.',
    ephemeralContainerStatuses: 'State of each container of spec.ephemeralContainers.',
    qosClass:
      'How sure the pod can be of its resources, from requests and limits: Guaranteed (equal for all), Burstable, or BestEffort (none), which goes first when memory runs out.',
    resize: 'How far a change of resources is. Older form of the conditions PodResizePending and PodResizeInProgress.',
    resourceClaimStatuses: 'ResourceClaims that were made for spec.resourceClaims.',
    extendedResourceClaimStatus: 'ResourceClaim that was made for extended resources which are devices.',
    allocatedResources: 'What the node has set aside for the pod as a whole.',
    resources: 'Requests and limits the node applies to the pod as a whole.',
    nodeAllocatableResourceClaimStatuses: 'Cpu, memory and so on that claimed devices take from the node.',
  },
  'core/v1.PodCondition': {
    '': 'One observation of the state of a pod.',
    type: 'PodScheduled, Initialized, ContainersReady, Ready, DisruptionTarget, PodResizePending or one of a readiness gate.',
  },
  'core/v1.PodStatusResult': {
    '': 'The status of a pod without its spec. An old form for nodes.',
    status: 'What was last seen of the pod.',
  },
  'core/v1.PodIP': { '': 'One address of a pod.', ip: 'The address, IPv4 or IPv6.' },
  'core/v1.HostIP': { '': 'One address of a node.', ip: 'The address, IPv4 or IPv6.' },
  'core/v1.PodOS': {
    '': 'Operating system that a pod needs.',
    name: 'Name of the operating system: linux or windows.',
  },
  'core/v1.PodReadinessGate': {
    '': 'A condition somebody else sets and that readiness waits for.',
    conditionType: 'Type of the condition in status.conditions.',
  },
  'core/v1.PodSchedulingGate': {
    '': 'Something that must happen before a pod is placed.',
    name: 'Name of the gate, as example.com/quota-granted. Whoever is behind it removes it.',
  },
  'core/v1.PodSchedulingGroup': {
    '': 'The group a pod is placed with.',
    podGroupName: 'Name of the PodGroup in the namespace of the pod. Cannot be changed.',
  },
  'core/v1.PodDNSConfig': {
    '': 'What is written into /etc/resolv.conf besides what the DNS policy gives.',
    nameservers: 'Addresses of DNS servers, put behind those of the policy; at most 3 in all.',
    searches: 'Domains that are tried behind short names, put behind those of the policy; at most 32 in all.',
    options: 'Options of the resolver; they win over those of the policy that have the same name.',
  },
  'core/v1.PodDNSConfigOption': {
    '': 'One option of the resolver.',
    name: 'Name of the option, such as ndots.',
    value: 'Value of the option, if it has one.',
  },
  'core/v1.HostAlias': {
    '': 'One line of /etc/hosts.',
    ip: 'Address the names stand for.',
    hostnames: 'Names that lead to the address.',
  },
  'core/v1.PodResourceClaim': {
    '': 'A claim for devices that containers of the pod can use. It names a claim, or a template for one.',
    name: 'Name of the claim within the pod, unique in it; resources.claims of containers refers to it.',
    resourceClaimName: 'ResourceClaim of the namespace, which several pods may share.',
    resourceClaimTemplateName: 'ResourceClaimTemplate from which the pod gets a claim of its own that goes with it.',
  },
  'core/v1.PodResourceClaimStatus': {
    '': 'Which ResourceClaim stands behind a claim of a pod.',
    name: 'Name of the claim within the pod.',
    resourceClaimName: 'ResourceClaim made for it; empty when none was needed.',
  },
  'core/v1.PodExtendedResourceClaimStatus': {
    '': 'The ResourceClaim behind the extended resources a pod asks for.',
    requestMappings: 'Which request of the claim stands for which resource of which container.',
    resourceClaimName: 'ResourceClaim in the namespace of the pod.',
  },
  'core/v1.ContainerExtendedResourceRequest': {
    '': 'The request of a claim that stands for one extended resource of one container.',
    containerName: 'Container that asks for the resource.',
    resourceName: 'Extended resource that is asked for.',
    requestName: 'Request in the ResourceClaim that gives the devices.',
  },
  'core/v1.NodeAllocatableResourceClaimStatus': {
    '': 'What the devices of one claim take from the ordinary resources of the node.',
    resourceClaimName: 'ResourceClaim the devices belong to.',
    containers: 'Containers of the pod that use the claim.',
    resources: 'Amount by resource that is taken from the node.',
  },
  'core/v1.Affinity': {
    '': 'Rules that draw a pod to nodes or to other pods, or keep it away from them.',
    nodeAffinity: 'Nodes the pod must or would rather run on.',
    podAffinity: 'Pods near which the pod must or would rather run.',
    podAntiAffinity: 'Pods near which the pod must not or would rather not run.',
  },
  'core/v1.NodeAffinity': {
    '': 'Nodes a pod must or would rather run on.',
    requiredDuringSchedulingIgnoredDuringExecution:
      'The pod is only placed on nodes this chooses. It stays if the node changes later.',
    preferredDuringSchedulingIgnoredDuringExecution:
      'Wishes: of the possible nodes the one with the highest sum of weights is taken.',
  },
  'core/v1.PreferredSchedulingTerm': {
    '': 'A wish for nodes, with a weight.',
    weight: 'Weight of the wish, 1 to 100, counted for nodes it chooses.',
    preference: 'Which nodes are wished for.',
  },
  'core/v1.NodeSelector': {
    '': 'Chooses nodes by labels and fields.',
    nodeSelectorTerms: 'A node is chosen if at least one of the terms holds. An empty term chooses none.',
  },
  'core/v1.NodeSelectorTerm': {
    '': 'Requirements on a node; all must hold. Without any, no node is chosen.',
    matchExpressions: 'Requirements on labels of the node.',
    matchFields: 'Requirements on fields of the node; only metadata.name can be named.',
  },
  'core/v1.NodeSelectorRequirement': {
    '': 'One requirement on a label or field of a node.',
    key: 'The label, or the field.',
    operator:
      'How the value relates to values: In, NotIn, Exists, DoesNotExist, or Gt and Lt, which compare whole numbers.',
    values: 'Values to compare with: some for In and NotIn, one number for Gt and Lt, none for the others.',
  },
  'core/v1.PodAffinity': {
    '': 'Pods near which a pod must or would rather run.',
    requiredDuringSchedulingIgnoredDuringExecution:
      'The pod is only placed where pods of every term run. It stays if they go later.',
    preferredDuringSchedulingIgnoredDuringExecution:
      'Wishes: of the possible nodes the one with the highest sum of weights is taken.',
  },
  'core/v1.PodAntiAffinity': {
    '': 'Pods near which a pod must not or would rather not run.',
    requiredDuringSchedulingIgnoredDuringExecution:
      'The pod is never placed where pods of any term run. It stays if some come later.',
    preferredDuringSchedulingIgnoredDuringExecution:
      'Wishes: of the possible nodes the one with the lowest sum of weights is taken.',
  },
  'core/v1.WeightedPodAffinityTerm': {
    '': 'A wish to be near some pods, or away from them, with a weight.',
    weight: 'Weight of the wish, 1 to 100.',
    podAffinityTerm: 'Which pods, and what near means.',
  },
  'core/v1.PodAffinityTerm': {
    '': 'Some pods, and what it means to be near them.',
    labelSelector: 'The pods, by their labels. Absent: no pod.',
    namespaces: 'Namespaces of the pods, besides those of namespaceSelector. Both empty: the namespace of this pod.',
    namespaceSelector: 'Namespaces of the pods, by their labels. An empty selector means all.',
    topologyKey: 'Label of nodes; nodes with the same value are near each other, as kubernetes.io/hostname.',
    matchLabelKeys: 'Labels whose values this pod must share with the pods; added to labelSelector as In.',
    mismatchLabelKeys: 'Labels in whose values this pod must differ from the pods; added to labelSelector as NotIn.',
  },
  'core/v1.Toleration': {
    '': 'Lets a pod onto nodes in spite of a taint.',
    key: 'Key of the taint; empty with Exists: every taint.',
    operator:
      'Equal (default): the values are the same; Exists: any value; Gt and Lt: the value of the taint is a larger or smaller whole number.',
    value: 'Value of the taint; empty with Exists.',
    effect: 'Effect of the taint. Empty: every effect.',
    tolerationSeconds:
      'Seconds the pod stays on the node once a NoExecute taint is there. Default: for ever; 0 or less: not at all.',
  },
  'core/v1.TopologySpreadConstraint': {
    '': 'How evenly pods are spread over the values of a label of nodes.',
    maxSkew: 'By how many pods a value may exceed the value with the fewest, 1 or more.',
    topologyKey: 'Label of nodes whose values are the places to spread over, such as topology.kubernetes.io/zone.',
    whenUnsatisfiable:
      'What happens when no node keeps within maxSkew: DoNotSchedule lets the pod wait, ScheduleAnyway takes the best there is.',
    labelSelector: 'The pods that are counted, by their labels.',
    minDomains:
      'Fewest places there should be, 1 or more; with fewer the lowest count is taken as 0. Only with DoNotSchedule.',
    nodeAffinityPolicy:
      'Whether only nodes of nodeAffinity and nodeSelector count as places: Honor (default) or Ignore.',
    nodeTaintsPolicy: 'Whether nodes with taints that are not tolerated are left out: Honor or Ignore (default).',
    matchLabelKeys:
      'Labels whose values counted pods share with this one; added to labelSelector. Often pod-template-hash.',
  },
  'core/v1.PodSecurityContext': {
    '': 'User, group and other rights of all containers of a pod. What a container says for itself wins.',
    seLinuxOptions: 'SELinux label of all containers. Default: chosen by the runtime.',
    windowsOptions: 'Settings of containers on Windows.',
    runAsUser: 'Number of the user that processes run as. Default: as the image says.',
    runAsGroup: 'Number of the main group that processes run as. Default: as the runtime says.',
    runAsNonRoot: 'Containers that would run as user 0 are not started. Default false.',
    supplementalGroups: 'Further groups of the processes, besides runAsGroup and fsGroup.',
    supplementalGroupsPolicy:
      'Merge (default) adds the groups the image gives the user; Strict takes only those named here.',
    fsGroup: 'Group that owns the volumes and that all processes are in. Not every volume can be given to it.',
    fsGroupChangePolicy:
      'Always (default) changes the owner of every file at each mount, OnRootMismatch only if the top folder is wrong.',
    sysctls: 'Kernel parameters of the namespaces of the pod. Unsafe ones must be allowed on the node.',
    seccompProfile: 'System calls the containers may make.',
    appArmorProfile: 'AppArmor profile of the containers.',
    seLinuxChangePolicy:
      'How volumes get their SELinux label: MountOption (default, quick, one label per volume) or Recursive, file by file.',
  },
  'core/v1.Sysctl': {
    '': 'A kernel parameter and its value.',
    name: 'Name of the parameter, such as net.core.somaxconn.',
    value: 'Value the parameter gets.',
  },
};
