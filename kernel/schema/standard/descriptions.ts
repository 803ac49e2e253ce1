import { deviceDescriptions } from './descriptions/devices.ts';
import { networkDescriptions } from './descriptions/network.ts';
import { policyDescriptions } from './descriptions/policy.ts';
import { storageDescriptions } from './descriptions/storage.ts';
import type { Descriptions } from './descriptions/text.ts';
import { workloadDescriptions } from './descriptions/workloads.ts';
import { shortName } from './standard.ts';

/**
 * What a standard message or one of its fields is for, in our own words; `undefined` for definitions of others.
 * @param definition `io.k8s.api.core.v1.PodSpec` or `core/v1.PodSpec`.
 * @param field empty for the message itself.
 */
export function describe(definition: string, field = ''): string | undefined {
  return descriptions[shortName(definition)]?.[field];
}

/** Every message with a text, and its fields that have one; for checking them against the facts. */
export function describedFields(): readonly (readonly [message: string, fields: readonly string[]])[] {
  return Object.entries(descriptions).map(([message, fields]) => [message, Object.keys(fields)]);
}

const descriptions: Descriptions = {
  ...workloadDescriptions,
  ...networkDescriptions,
  ...storageDescriptions,
  ...policyDescriptions,
  ...deviceDescriptions,
  'meta/v1.ObjectMeta': {
    '': 'What every object carries besides its own content: its name, its place and its bookkeeping.',
    name: 'Name of the object, unique within its kind and namespace. Cannot be changed.',
    generateName: 'Beginning of a name the server completes with five random characters; used when name is empty.',
    namespace: 'Namespace the object lives in. Cannot be changed.',
    uid: 'Identifies this object for ever; a new object of the same name has another one. Set by the server.',
    resourceVersion: 'Revision that wrote the object last. Send it back to update only what you have seen.',
    generation: 'Counts changes of the desired state. Set by the server.',
    creationTimestamp: 'When the object was created. Set by the server.',
    deletionTimestamp: 'When the object was asked to go away; it does once its finalizers are gone. Set by the server.',
    deletionGracePeriodSeconds: 'Seconds the object may take to go away after deletionTimestamp was set.',
    labels: 'Keys and values by which selectors find the object.',
    annotations: 'Keys and values for tools; not searchable.',
    finalizers: 'What must be done before the object goes away; it is removed when the list is empty.',
    ownerReferences: 'Objects this one belongs to; it is removed when all of them are gone.',
    managedFields: 'Who set which fields, kept for server-side apply. Set by the server.',
  },
  'meta/v1.LabelSelector': {
    '': 'Chooses objects by their labels. Everything it says must hold; an empty selector chooses all.',
    matchLabels: 'Labels that must be present with exactly these values.',
    matchExpressions: 'Further requirements, such as a label being one of several values.',
  },
  'core/v1.Pod': {
    '': 'Containers that run together on one node and share network and volumes.',
    spec: 'What should run.',
    status: 'What was last seen of it.',
  },
  'core/v1.PodTemplateSpec': {
    '': 'What pods are made from.',
    metadata: 'Labels and annotations of the pods.',
    spec: 'What the pods should run.',
  },
  'core/v1.PodSpec': {
    '': 'What a pod runs and where it may run.',
    containers: 'The containers, at least one. The list cannot change while the pod exists.',
    initContainers: 'Containers that run one after the other and must succeed before the others start.',
    volumes: 'Files and directories containers of the pod can mount.',
    restartPolicy: 'Whether containers that end are started again: Always (default), OnFailure or Never.',
    terminationGracePeriodSeconds: 'Seconds between the request to stop and the kill. Default 30.',
    activeDeadlineSeconds: 'Seconds after which the pod is stopped and counts as failed.',
    nodeSelector: 'Labels a node must have to get the pod.',
    nodeName: 'The node the pod is bound to. Normally set by the scheduler.',
    serviceAccountName: 'The identity the containers use towards the API.',
    hostNetwork: 'The containers use the network of the node instead of one of their own. Default false.',
    imagePullSecrets: 'Secrets with credentials for the registries of the images.',
    affinity: 'Rules that draw the pod to nodes or to other pods, or keep it away from them.',
    tolerations: 'Taints of nodes that do not keep the pod away.',
    dnsPolicy: 'Where names are resolved. Default ClusterFirst.',
    schedulerName: 'The scheduler that places the pod. Default default-scheduler.',
    priorityClassName: 'How important the pod is compared to others.',
    hostAliases: 'Lines added to /etc/hosts.',
    securityContext: 'User, group and other rights of all containers.',
    topologySpreadConstraints: 'How pods that belong together are spread over zones or nodes.',
  },
  'core/v1.PodStatus': {
    '': 'What was last seen of a pod.',
    phase: 'Summary: Pending, Running, Succeeded, Failed or Unknown.',
    conditions: 'Latest observations, such as Ready.',
    containerStatuses: 'State of each container.',
    podIP: 'Address of the pod.',
    hostIP: 'Address of its node.',
    startTime: 'When the node took the pod on.',
    reason: 'One word for why the pod is in this phase.',
    message: 'For people: why the pod is in this phase.',
  },
  'core/v1.Container': {
    '': 'One process tree made from an image.',
    name: 'Name of the container, unique in the pod.',
    image: 'The image to run, with tag or digest.',
    command: 'Program and arguments instead of those of the image (ENTRYPOINT).',
    args: 'Arguments instead of those of the image (CMD).',
    workingDir: 'Directory the program starts in.',
    ports: 'Ports the container listens on; for information and for names.',
    env: 'Environment variables.',
    envFrom: 'ConfigMaps and Secrets whose every key becomes an environment variable.',
    resources: 'Processor, memory and other resources the container needs and may use.',
    volumeMounts: 'Where volumes of the pod appear in the file system.',
    livenessProbe: 'Check that restarts the container when it keeps failing.',
    readinessProbe: 'Check that takes the pod out of its services while it fails.',
    startupProbe: 'Check that holds back the other two until it succeeds once.',
    lifecycle: 'What is called after the start and before the stop.',
    imagePullPolicy: 'When the image is fetched: Always, IfNotPresent or Never. Default Always for the tag latest.',
    securityContext: 'Rights of this container; wins over those of the pod.',
  },
  'core/v1.ContainerPort': {
    '': 'A port a container listens on.',
    containerPort: 'The port, 1 to 65535.',
    protocol: 'TCP (default), UDP or SCTP.',
    name: 'A name services and probes can use instead of the number.',
    hostPort: 'Port of the node that leads to this one, 1 to 65535.',
  },
  'core/v1.EnvVar': {
    '': 'One environment variable.',
    name: 'Its name.',
    value: 'Its value; $(NAME) stands for a variable defined before.',
    valueFrom: 'Where the value is taken from.',
  },
  'core/v1.ResourceRequirements': {
    '': 'What a container needs and may use.',
    limits: 'The most it may use.',
    requests: 'What is set aside for it; the scheduler counts this. Default: the limits.',
  },
  'core/v1.Probe': {
    '': 'A check of a container, made again and again.',
    httpGet: 'Succeeds when an HTTP request is answered with 200 to 399.',
    tcpSocket: 'Succeeds when a TCP connection can be opened.',
    exec: 'Succeeds when a command in the container ends with 0.',
    initialDelaySeconds: 'Seconds after the start before the first check.',
    periodSeconds: 'Seconds between checks. Default 10.',
    timeoutSeconds: 'Seconds a check may take. Default 1.',
    successThreshold: 'Successes in a row that make it good again. Default 1.',
    failureThreshold: 'Failures in a row that make it bad. Default 3.',
  },
  'apps/v1.Deployment': {
    '': 'Keeps a number of equal pods running and replaces them step by step when their template changes.',
    spec: 'What should run, and how it is replaced.',
    status: 'How far that is.',
  },
  'apps/v1.DeploymentSpec': {
    '': 'What should run, and how it is replaced.',
    replicas: 'Number of pods. Default 1.',
    selector: 'The pods that belong to the Deployment; must match the labels of the template. Cannot be changed.',
    template: 'What the pods are made from.',
    strategy: 'How old pods are replaced by new ones.',
    minReadySeconds: 'Seconds a new pod must be ready before it counts as available. Default 0.',
    revisionHistoryLimit: 'Old ReplicaSets kept to go back to. Default 10.',
    progressDeadlineSeconds: 'Seconds without progress after which the roll-out counts as failed. Default 600.',
    paused: 'Changes of the template are not rolled out while true.',
  },
  'apps/v1.DeploymentStrategy': {
    '': 'How old pods are replaced by new ones.',
    type: 'RollingUpdate (default): step by step; Recreate: all old ones first.',
    rollingUpdate: 'Size of the steps.',
  },
  'apps/v1.RollingUpdateDeployment': {
    '': 'Size of the steps of a roll-out.',
    maxSurge: 'Pods above the wanted number during a roll-out, as a count or percentage. Default 25%.',
    maxUnavailable: 'Pods that may be missing during a roll-out, as a count or percentage. Default 25%.',
  },
  'apps/v1.DeploymentStatus': {
    '': 'How far a Deployment is.',
    observedGeneration: 'The metadata.generation this status is about.',
    replicas: 'Pods that exist.',
    updatedReplicas: 'Pods made from the current template.',
    readyReplicas: 'Pods that are ready.',
    availableReplicas: 'Pods that have been ready for minReadySeconds.',
    unavailableReplicas: 'Pods still missing.',
    conditions: 'Latest observations, such as Available and Progressing.',
  },
  'apps/v1.ReplicaSet': {
    '': 'Keeps a number of equal pods running. Usually made by a Deployment.',
    spec: 'What should run.',
    status: 'What was last seen of it.',
  },
  'apps/v1.ReplicaSetSpec': {
    '': 'What a ReplicaSet keeps running.',
    replicas: 'Number of pods. Default 1.',
    selector: 'The pods that belong to the ReplicaSet. Cannot be changed.',
    template: 'What the pods are made from.',
    minReadySeconds: 'Seconds a new pod must be ready before it counts as available. Default 0.',
  },
  'core/v1.Service': {
    '': 'One stable address for a changing set of pods.',
    spec: 'Which pods, under which ports.',
    status: 'Addresses given by a load balancer.',
  },
  'core/v1.ServiceSpec': {
    '': 'Which pods a Service leads to, under which ports.',
    selector: 'Labels of the pods. Without it, somebody else maintains the endpoints.',
    ports: 'The ports of the Service.',
    type: 'ClusterIP (default): inside only; NodePort: also on every node; LoadBalancer: also outside; ExternalName: an alias.',
    clusterIP: 'The address; None for a Service without one, whose name leads to the pods themselves.',
    sessionAffinity: 'ClientIP: a client stays with the same pod. Default None.',
    externalName: 'The DNS name an ExternalName Service is an alias of.',
  },
  'core/v1.ServicePort': {
    '': 'One port of a Service.',
    name: 'Name of the port; needed when there are several.',
    port: 'Port of the Service, 1 to 65535.',
    targetPort: 'Port of the pods, as a number or the name of a container port. Default: port.',
    protocol: 'TCP (default), UDP or SCTP.',
    nodePort: 'Port on every node for the types NodePort and LoadBalancer.',
  },
  'core/v1.ConfigMap': {
    '': 'Configuration for pods: texts by key, at most 1 MiB.',
    data: 'Texts by key.',
    binaryData: 'Bytes by key, in base64.',
    immutable: 'The content can no longer be changed, only deleted.',
  },
  'core/v1.Secret': {
    '': 'Confidential data: bytes by key, at most 1 MiB.',
    data: 'Bytes by key, in base64.',
    stringData: 'Texts by key, written into data. Never returned.',
    type: 'What the secret is for, such as kubernetes.io/tls. Default Opaque. Cannot be changed.',
    immutable: 'The content can no longer be changed, only deleted.',
  },
  'core/v1.Namespace': {
    '': 'A place for objects, with its own names, rights and limits.',
    spec: 'What must be done before it goes away.',
    status: 'Active or Terminating.',
  },
  'core/v1.Node': {
    '': 'A host that pods are bound to.',
    spec: 'What should hold for the host.',
    status: 'What was last seen of it.',
  },
  'core/v1.NodeSpec': {
    '': 'What should hold for a host.',
    unschedulable: 'No new pods are placed on it while true.',
    taints: 'Keeps pods away that do not tolerate them.',
    podCIDR: 'Addresses of the pods on this node.',
    providerID: 'Name of the host at the provider it comes from.',
  },
  'core/v1.NodeStatus': {
    '': 'What was last seen of a host.',
    capacity: 'What the host has.',
    allocatable: 'What pods can use of it.',
    conditions: 'Latest observations, such as Ready.',
    addresses: 'Names and addresses of the host.',
    nodeInfo: 'Versions of what runs on the host.',
  },
  'core/v1.ServiceAccount': {
    '': 'An identity for programs.',
    imagePullSecrets: 'Registry credentials for pods with this identity.',
  },
  'core/v1.Event': {
    '': 'Something that happened to an object. Kept for an hour.',
    involvedObject: 'The object it happened to.',
    reason: 'One word for what happened, CamelCase.',
    message: 'For people: what happened.',
    type: 'Normal or Warning.',
    count: 'How often it happened.',
  },
  'authentication/v1.SelfSubjectReview': {
    '': 'Asks who the server takes the caller for. Answered, never stored.',
    status: 'The answer.',
  },
  'authorization/v1.SelfSubjectAccessReview': {
    '': 'Asks whether the caller may do something. Answered, never stored.',
    spec: 'The question: a resource or another path.',
    status: 'The answer.',
  },
  'authorization/v1.SubjectAccessReview': {
    '': 'Asks whether some user may do something. Answered, never stored.',
    spec: 'The question: a user, and a resource or another path.',
    status: 'The answer.',
  },
  'authorization/v1.LocalSubjectAccessReview': {
    '': 'Asks whether some user may do something in one namespace. Answered, never stored.',
    spec: 'The question: a user and a resource in the namespace of the review.',
    status: 'The answer.',
  },
  'authorization/v1.SubjectAccessReviewSpec': {
    user: 'Name of the user; may be empty when groups are given.',
    groups: 'Groups of the user. Nothing is added: name system:authenticated too if it should count.',
    resourceAttributes: 'What is done to which resource; this or nonResourceAttributes.',
    nonResourceAttributes: 'What is done to which other path; this or resourceAttributes.',
  },
  'authorization/v1.SelfSubjectRulesReview': {
    '': 'Asks what the caller may do in a namespace. Answered, never stored.',
    spec: 'The question: the namespace.',
    status: 'The rules. Others may allow more when it says incomplete.',
  },
  'authentication/v1.TokenReview': {
    '': 'Asks whose a bearer token is. Answered, never stored.',
    spec: 'The token, and whom it must be for.',
    status: 'The answer: the user, or why the token does not count.',
  },
  'authentication/v1.TokenRequest': {
    '': 'Asks for a token of a ServiceAccount.',
    spec: 'Whom it is for, how long it lives, what it ends with.',
    status: 'The token.',
  },
  'authentication/v1.TokenRequestSpec': {
    audiences: 'Whom the token is for; others must refuse it. Default: this server.',
    expirationSeconds: 'Life of the token, 600 to 2^32 seconds. Default 3600.',
    boundObjectRef: 'A Pod, Secret or Node: the token ends when it goes.',
  },
  'certificates/v1.CertificateSigningRequest': {
    '': 'Asks for a certificate: somebody approves, a signer signs.',
    spec: 'What is asked for, and by whom. Cannot be changed.',
    status: 'Whether it was approved or denied, and the certificate.',
  },
  'certificates/v1.CertificateSigningRequestSpec': {
    request: 'The PKCS #10 request in PEM, base64.',
    signerName: 'Who is to sign: a domain, a slash, a name.',
    usages: 'What the certificate may be used for; the signer says which it takes.',
    expirationSeconds: 'Life of the certificate, 600 or more; the signer may give less.',
    username: 'Who made the request. Set by the server, like uid, groups and extra.',
  },
  'certificates/v1.CertificateSigningRequestStatus': {
    conditions: 'Approved or Denied, by whoever decided; Failed, by the signer.',
    certificate: 'The certificate in PEM, base64, once it was issued.',
  },
  'rbac/v1.Role': {
    '': 'Rights inside one namespace, to be granted by RoleBindings.',
    rules: 'What may be done to what. Rules only allow.',
  },
  'rbac/v1.ClusterRole': {
    '': 'Rights in the whole cluster, or in the namespace of a RoleBinding that grants them.',
    rules: 'What may be done to what. Rules only allow.',
    aggregationRule: 'Collects the rules of other ClusterRoles; rules are then written by the server.',
  },
  'rbac/v1.AggregationRule': {
    '': 'Which ClusterRoles another one collects.',
    clusterRoleSelectors: 'A role is collected if one of them chooses it by its labels.',
  },
  'rbac/v1.PolicyRule': {
    '': 'A right: verbs on resources, or on paths that are no resources.',
    verbs: 'What may be done; * for everything.',
    apiGroups: 'Groups of the resources; the empty text for the core group, * for all.',
    resources: 'Plurals such as pods, subresources such as pods/log, */scale of everything, * for all.',
    resourceNames: 'Names of single objects; empty for all. Creating cannot be limited so.',
    nonResourceURLs: 'Paths such as /metrics; a trailing * stands for any rest. ClusterRoles only.',
  },
  'rbac/v1.RoleBinding': {
    '': 'Grants the rules of a role in its namespace.',
    roleRef: 'A Role of the same namespace, or a ClusterRole. Cannot be changed.',
    subjects: 'Who gets the rules.',
  },
  'rbac/v1.ClusterRoleBinding': {
    '': 'Grants the rules of a ClusterRole in the whole cluster.',
    roleRef: 'The ClusterRole. Cannot be changed.',
    subjects: 'Who gets the rules.',
  },
  'rbac/v1.Subject': {
    '': 'A user, a group or a ServiceAccount.',
    kind: 'User, Group or ServiceAccount.',
    apiGroup: 'rbac.authorization.k8s.io for users and groups, empty for ServiceAccounts.',
    name: 'Its name.',
    namespace: 'Namespace of a ServiceAccount; default that of a RoleBinding.',
  },
  'coordination/v1.Lease': {
    '': 'Says who leads, or that somebody is alive, until when.',
    spec: 'Who holds it, since when, for how long.',
  },
  'coordination/v1.LeaseSpec': {
    '': 'Who holds a Lease, since when, for how long.',
    holderIdentity: 'Who holds it; empty when nobody does.',
    leaseDurationSeconds: 'Seconds after renewTime at which others may take it.',
    acquireTime: 'When the holder got it.',
    renewTime: 'When the holder last said it is still there.',
    leaseTransitions: 'How often the holder changed.',
  },
};
