import type { Descriptions } from './text.ts';

const objectReference = {
  kind: 'Kind of the object it refers to.',
  apiVersion: 'Group and version of the object it refers to.',
  namespace: 'Namespace of the object.',
  name: 'Name of the object.',
  uid: 'The metadata.uid of the object; tells it from a later one of the same name.',
  resourceVersion: 'The metadata.resourceVersion the object had.',
  fieldPath: 'Part of the object that is meant, such as spec.containers{web}.',
};
const immutable =
  'Whether the content can no longer be changed, only deleted with the object. Once true it stays. Default false.';
const path = 'Path of the request that is passed on, with the query.';
const stream = {
  stdin: 'Whether standard input is passed on. Default false.',
  stdout: 'Whether standard output is passed on. Default true.',
  stderr: 'Whether standard error is passed on. Default true.',
  tty: 'Whether there is a terminal; standard error then comes with standard output. Default false.',
  container: 'Name of the container. Default: the only one of the pod.',
};

/** Texts of PortStatus, which networking.k8s.io has too. */
export const portStatusTexts = {
  port: 'Number of the port.',
  protocol: 'TCP, UDP or SCTP.',
  error: 'One word for what is wrong with the port, such as a CamelCase name or example.com/name.',
};

/** Services, configuration, namespaces, quotas, events and what else the core group has. */
export const coreDescriptions: Descriptions = {
  'core/v1.Service': {
    '': 'One stable address for a changing set of pods.',
    spec: 'Which pods the Service leads to, under which ports.',
    status: 'Addresses given by a load balancer.',
  },
  'core/v1.ServiceSpec': {
    '': 'Which pods a Service leads to, under which ports.',
    selector: 'Labels of the pods. Without it, somebody else maintains the endpoints. Not for ExternalName.',
    ports: 'The ports of the Service. Needed, unless it is headless or an ExternalName.',
    type: 'ClusterIP (default): inside only; NodePort: also on every node; LoadBalancer: also outside; ExternalName: an alias.',
    clusterIP:
      'The address; None for a headless Service, whose name leads to the pods themselves. Allocated if empty. Cannot be changed.',
    clusterIPs: 'The addresses, at most one of each family; the first is clusterIP.',
    ipFamilies:
      'Families of the addresses, IPv4 and IPv6; the first cannot be changed. Default: as ipFamilyPolicy asks for.',
    ipFamilyPolicy:
      'SingleStack (default): one family; PreferDualStack: two where there are two; RequireDualStack: two, or it fails.',
    sessionAffinity: 'ClientIP: a client stays with the same pod. Default None.',
    sessionAffinityConfig: 'Settings of sessionAffinity, for ClientIP only.',
    externalName: 'The DNS name an ExternalName Service is an alias of, in lower case.',
    externalIPs: 'Addresses of nodes under which the Service answers too. Nobody here manages them.',
    externalTrafficPolicy:
      'Where traffic from outside goes: Cluster (default) to all pods; Local only to those of the node it reached, which keeps the address of the sender.',
    internalTrafficPolicy:
      'Where traffic from inside goes: Cluster (default) to all pods, Local only to those of the same node.',
    trafficDistribution:
      'Which pods are preferred: PreferSameZone, PreferSameNode (then the zone), or the older PreferClose. Default: none.',
    healthCheckNodePort:
      'Port on every node where load balancers ask whether it has pods; for LoadBalancer with externalTrafficPolicy Local. Allocated if 0. Cannot be changed.',
    publishNotReadyAddresses: 'Whether pods that are not ready count as ready in DNS and endpoints. Default false.',
    loadBalancerIP: 'Address the load balancer should have. Deprecated; not every provider honours it.',
    loadBalancerSourceRanges: 'Networks whose clients the load balancer lets through, if it can. Default: all.',
    loadBalancerClass:
      'Implementation that makes the load balancer, as example.com/name. Default: that of the provider. Cannot be changed.',
    allocateLoadBalancerNodePorts: 'Whether a LoadBalancer gets node ports. Default true.',
  },
  'core/v1.ServicePort': {
    '': 'One port of a Service.',
    name: 'Name of the port, a DNS label; needed when there are several.',
    port: 'Port of the Service, 1 to 65535.',
    targetPort:
      'Port of the pods, as a number or the name of a container port. Default: port. Headless Services ignore it.',
    protocol: 'TCP (default), UDP or SCTP.',
    appProtocol: 'What is spoken: a name such as http, kubernetes.io/h2c or example.com/name.',
    nodePort: 'Port on every node for the types NodePort and LoadBalancer, usually 30000 to 32767. Allocated if 0.',
  },
  'core/v1.ServiceStatus': {
    '': 'What was last seen of a Service.',
    loadBalancer: 'Where the load balancer answers.',
    conditions: 'Latest observations of the state of the Service.',
  },
  'core/v1.SessionAffinityConfig': {
    '': 'Settings of session affinity.',
    clientIP: 'Settings of the affinity by client address.',
  },
  'core/v1.ClientIPConfig': {
    '': 'Settings of the affinity by client address.',
    timeoutSeconds:
      'Seconds without a connection after which a client may get another pod, 1 to 86400. Default 10800 (3 hours).',
  },
  'core/v1.LoadBalancerStatus': {
    '': 'Where a load balancer answers.',
    ingress: 'Addresses and names; any of them can be used.',
  },
  'core/v1.LoadBalancerIngress': {
    '': 'One place where a load balancer answers.',
    ip: 'Address of the load balancer.',
    hostname: 'Name of the load balancer, where providers give names.',
    ipMode: 'VIP: packets arrive with the address of the load balancer; Proxy: with that of the node or pod.',
    ports: 'State of each port of the Service.',
  },
  'core/v1.PortStatus': { '': 'State of one port of a load balancer.', ...portStatusTexts },
  'core/v1.Endpoints': {
    '': 'The addresses behind a Service, in the form of before EndpointSlices. Deprecated.',
    subsets: 'Addresses, grouped by the ports they have.',
  },
  'core/v1.EndpointSubset': {
    '': 'Addresses that have the same ports; each address goes with each port.',
    addresses: 'Addresses that are ready.',
    notReadyAddresses: 'Addresses that are not ready yet, or no longer.',
    ports: 'Ports of these addresses.',
  },
  'core/v1.EndpointAddress': {
    '': 'One address behind a Service.',
    ip: 'The address; not loopback, link-local or multicast.',
    hostname: 'Host name of the endpoint, for its DNS name.',
    nodeName: 'Node the endpoint runs on.',
    targetRef: 'Object that has the address, usually a pod.',
  },
  'core/v1.EndpointPort': {
    '': 'One port of some addresses.',
    name: 'Name of the port of the Service; empty only if there is a single one.',
    port: 'Number of the port.',
    protocol: 'TCP (default), UDP or SCTP.',
    appProtocol: 'What is spoken: a name such as http, kubernetes.io/h2c or example.com/name.',
  },
  'core/v1.ConfigMap': {
    '': 'Configuration for pods: texts by key, at most 1 MiB.',
    data: 'Texts by key. Keys have letters, digits, "-", "_" and ".", and are not in binaryData.',
    binaryData: 'Bytes by key, in base64. Keys are not in data.',
    immutable,
  },
  'core/v1.Secret': {
    '': 'Confidential data: bytes by key, at most 1 MiB.',
    data: 'Bytes by key, in base64. Keys have letters, digits, "-", "_" and ".".',
    stringData: 'Texts by key, written into data. Never returned.',
    type: 'What the secret is for, such as kubernetes.io/tls; some types need certain keys. Default Opaque. Cannot be changed.',
    immutable,
  },
  'core/v1.ServiceAccount': {
    '': 'An identity for programs.',
    secrets:
      'Secrets pods of the account may mount, if the account enforces it. Deprecated; tokens are asked for when needed.',
    imagePullSecrets: 'Registry credentials for pods with this identity.',
    automountServiceAccountToken:
      'Whether pods find a token in their file system; they may say otherwise. Default true.',
  },
  'core/v1.Namespace': {
    '': 'A place for objects, with its own names, rights and limits.',
    spec: 'What must be done before the namespace goes away.',
    status: 'Whether the namespace is there to stay.',
  },
  'core/v1.NamespaceSpec': {
    '': 'What must be done before a namespace goes away.',
    finalizers: 'Names of those that have work to do; "kubernetes" empties the namespace.',
  },
  'core/v1.NamespaceStatus': {
    '': 'Whether a namespace is there to stay.',
    phase: 'Active, or Terminating: its objects are being deleted and no new ones are taken.',
    conditions: 'Latest observations, mostly of what holds up the deletion.',
  },
  'core/v1.NamespaceCondition': {
    '': 'One observation of the state of a namespace.',
    type: 'NamespaceDeletionDiscoveryFailure, NamespaceDeletionContentFailure, NamespaceContentRemaining and the like.',
  },
  'core/v1.ResourceQuota': {
    '': 'How much a namespace may use in all.',
    spec: 'The bounds of the namespace.',
    status: 'What is used of the bounds.',
  },
  'core/v1.ResourceQuotaSpec': {
    '': 'The bounds of a quota.',
    hard: 'Amount by resource, such as requests.cpu, limits.memory, pods, count/deployments.apps.',
    scopes: 'Pods that count: Terminating, BestEffort and so on; all must hold. Default: all pods. Cannot be changed.',
    scopeSelector: 'Pods that count, by scope and value. Together with scopes both must hold.',
  },
  'core/v1.ScopeSelector': {
    '': 'Chooses what a quota counts, by scope and value.',
    matchExpressions: 'Requirements on scopes; all must hold.',
  },
  'core/v1.ScopedResourceSelectorRequirement': {
    '': 'One requirement on a scope.',
    scopeName: 'The scope, such as PriorityClass or Terminating.',
    operator:
      'How the scope relates to values: In, NotIn, Exists or DoesNotExist. Only PriorityClass and VolumeAttributesClass have values.',
    values: 'Values for In and NotIn; none for the others.',
  },
  'core/v1.ResourceQuotaStatus': {
    '': 'What is used of a quota.',
    hard: 'The bounds that count now.',
    used: 'What the namespace uses of them.',
  },
  'core/v1.LimitRange': {
    '': 'Bounds and defaults for what single pods, containers and claims of a namespace may use.',
    spec: 'The bounds and defaults.',
  },
  'core/v1.LimitRangeSpec': {
    '': 'Bounds and defaults, by type of thing.',
    limits: 'One item for each type of thing.',
  },
  'core/v1.LimitRangeItem': {
    '': 'Bounds for one type of thing; for each resource min <= defaultRequest <= default <= max.',
    type: 'What is bounded: Container, Pod or PersistentVolumeClaim.',
    min: 'Least that must be requested, by resource.',
    max: 'Most that may be allowed, by resource.',
    default: 'Limit of containers that name none, by resource.',
    defaultRequest: 'Request of containers that name none, by resource. Default: the limit.',
    maxLimitRequestRatio: 'Most times the limit may be of the request, by resource.',
  },
  'core/v1.ReplicationController': {
    '': 'The forerunner of ReplicaSet: a number of pods of one template.',
    spec: 'How many pods, made from what.',
    status: 'How many pods there are.',
  },
  'core/v1.ReplicationControllerSpec': {
    '': 'How many pods of which template a ReplicationController keeps.',
    replicas: 'Number of pods, 0 or more. Default 1.',
    selector: 'Labels of its pods. Default: those of the template.',
    template: 'What its pods are made from. Their restartPolicy is Always.',
    minReadySeconds: 'Seconds a new pod must be ready before it counts as available. Default 0.',
  },
  'core/v1.ReplicationControllerStatus': {
    '': 'How many pods a ReplicationController has.',
    replicas: 'Pods that exist and do not terminate.',
    fullyLabeledReplicas: 'Pods that have all labels of the template.',
    readyReplicas: 'Pods that are ready.',
    availableReplicas: 'Pods that have been ready for minReadySeconds.',
    conditions: 'Latest observations, such as ReplicaFailure.',
  },
  'core/v1.ReplicationControllerCondition': {
    '': 'One observation of the state of a ReplicationController.',
    type: 'ReplicaFailure: a pod could not be made or deleted.',
  },
  'core/v1.Event': {
    '': 'Something that happened to an object. Kept for an hour.',
    involvedObject: 'The object it happened to.',
    related: 'A second object that has to do with it.',
    reason: 'One word for what happened, in CamelCase.',
    message: 'For people: what happened.',
    action: 'What was done, or not done, to the object.',
    type: 'Normal or Warning; there may be others.',
    source: 'Program that noticed it, in the form of before reportingComponent.',
    reportingComponent: 'Program that noticed it, as kubernetes.io/kubelet.',
    reportingInstance: 'Which instance of the program, for example the name of its pod.',
    eventTime: 'When it happened first, to the microsecond.',
    firstTimestamp: 'When it happened first, in the form of before eventTime.',
    lastTimestamp: 'When it happened last.',
    count: 'How often it happened.',
    series: 'How often and until when it happened, if it goes on.',
  },
  'core/v1.EventSeries': {
    '': 'An event that goes on.',
    count: 'How often it has happened until lastObservedTime.',
    lastObservedTime: 'When it last happened.',
  },
  'core/v1.EventSource': {
    '': 'Who noticed an event.',
    component: 'Program that noticed it.',
    host: 'Node the program runs on.',
  },
  'core/v1.Binding': {
    '': 'Puts a pod on a node; posted to the subresource binding of the pod.',
    target: 'The node the pod is put on.',
  },
  'core/v1.ComponentStatus': {
    '': 'Whether a part of the control plane is healthy. Deprecated.',
    conditions: 'What was observed of the part.',
  },
  'core/v1.ComponentCondition': {
    '': 'One observation of a part of the control plane.',
    type: 'What was observed; only Healthy.',
    error: 'Error code of the health check, if it failed.',
  },
  'core/v1.ObjectReference': { '': 'A reference to any object.', ...objectReference },
  'core/v1.LocalObjectReference': {
    '': 'A reference to an object of a known kind in the same namespace.',
    name: 'Name of the object. Should not be empty.',
  },
  'core/v1.SecretReference': {
    '': 'A reference to a Secret.',
    name: 'Name of the Secret, unique in its namespace.',
    namespace: 'Namespace of the Secret.',
  },
  'core/v1.TypedLocalObjectReference': {
    '': 'A reference to an object of some kind in the same namespace.',
    apiGroup: 'Group of the object. Empty: the core group.',
    kind: objectReference.kind,
    name: objectReference.name,
  },
  'core/v1.TypedObjectReference': {
    '': 'A reference to an object of some kind, perhaps in another namespace.',
    apiGroup: 'Group of the object. Empty: the core group.',
    kind: objectReference.kind,
    name: objectReference.name,
    namespace: 'Namespace of the object; another one than here needs a ReferenceGrant there. Default: the same.',
  },
  'core/v1.SerializedReference': {
    '': 'A reference to an object, written down as an object itself.',
    reference: 'The object it refers to.',
  },
  'core/v1.RangeAllocation': {
    '': 'Which numbers of a range are taken. Used inside the server.',
    range: 'The range, such as 10.0.0.0/16 or 30000-32767.',
    data: 'One bit for each number of the range, in base64.',
  },
  'core/v1.PodLogOptions': {
    '': 'Options of reading the log of a pod.',
    container: 'Name of the container. Default: the only one of the pod.',
    follow: 'Whether the answer goes on while the log grows. Default false.',
    previous: 'Whether the log of the run before the last restart is meant. Default false.',
    sinceSeconds: 'Begins with lines this many seconds old, 1 or more. Not together with sinceTime.',
    sinceTime: 'Begins with lines of this time. Not together with sinceSeconds.',
    timestamps: 'Puts the time, RFC 3339, in front of every line. Default false.',
    tailLines: 'Number of lines at the end to begin with. Default: all. Not together with one stream.',
    limitBytes: 'Bytes after which the answer ends, 1 or more; it may cut a line.',
    insecureSkipTLSVerifyBackend:
      'Does not check the certificate of the node. The log may then be a forgery. Default false.',
    stream: 'Which stream is read: All (default), Stdout or Stderr.',
  },
  'core/v1.PodExecOptions': {
    '': 'Options of running a command in a container.',
    ...stream,
    command: 'Program and arguments, run without a shell.',
  },
  'core/v1.PodAttachOptions': { '': 'Options of attaching to the program of a container.', ...stream },
  'core/v1.PodPortForwardOptions': {
    '': 'Options of forwarding ports of a pod.',
    ports: 'Ports of the pod; needed for WebSockets.',
  },
  'core/v1.PodProxyOptions': { '': 'Options of passing a request on to a pod.', path },
  'core/v1.ServiceProxyOptions': { '': 'Options of passing a request on to a Service.', path },
  'core/v1.NodeProxyOptions': { '': 'Options of passing a request on to a node.', path },
};
