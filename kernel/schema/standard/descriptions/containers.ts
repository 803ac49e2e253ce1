import type { Descriptions } from './text.ts';

const ports = 'Ports the container listens on; for information and for names. Others can be reached too.';
const container = {
  image: 'The image to run, with tag or digest: registry.example.com/team/app:1.2.',
  command:
    'Program and arguments instead of those of the image (ENTRYPOINT). $(NAME) stands for an environment variable.',
  args: 'Arguments instead of those of the image (CMD). $(NAME) stands for an environment variable.',
  workingDir: 'Directory the program starts in. Default: as the image says.',
  env: 'Environment variables. They win over those of envFrom.',
  envFrom: 'ConfigMaps and Secrets whose every key becomes an environment variable; later ones win.',
  resources: 'Processor, memory and other resources the container needs and may use.',
  resizePolicy: 'Whether the container is restarted when its resources change.',
  restartPolicyRules:
    'Rules on exit codes that are looked at before restartPolicy; the first that fits counts. At most 20.',
  volumeMounts: 'Where volumes of the pod appear in the file system.',
  volumeDevices: 'Where block volumes of the pod appear as devices.',
  terminationMessagePath:
    'File in which the program may leave a last message, of which 4096 bytes are kept. Default /dev/termination-log.',
  terminationMessagePolicy:
    'File (default) takes the message from terminationMessagePath; FallbackToLogsOnError takes the end of the log (80 lines, 2048 bytes) when that is empty and the program failed.',
  imagePullPolicy:
    'When the image is fetched: Always, IfNotPresent or Never. Default Always for the tag latest, otherwise IfNotPresent.',
  securityContext: 'Rights of this container; they win over those of the pod.',
  stdin: 'Keeps standard input open for "attach"; otherwise reading from it ends at once. Default false.',
  stdinOnce: 'Closes standard input for good when the first client detaches. Default false.',
  tty: 'Gives the container a terminal; needs stdin. Default false.',
};
const notEphemeral = 'Not allowed for ephemeral containers.';
const optionalObject = 'Whether the pod starts even if the object or the key does not exist. Default false.';
const localhostProfile = 'Profile on the node, for the type Localhost only.';

/** Containers: what they run, how they are checked, what they may do, what is reported of them. */
export const containerDescriptions: Descriptions = {
  'core/v1.Container': {
    '': 'One process tree made from an image.',
    name: 'Name of the container, a DNS label, unique in the pod. Cannot be changed.',
    ports,
    ...container,
    restartPolicy:
      'Whether the container is started again when it ends, instead of what the pod says. Always makes an init container a sidecar.',
    livenessProbe: 'Check that restarts the container when it keeps failing.',
    readinessProbe: 'Check that takes the pod out of its Services while it fails.',
    startupProbe: 'Check that holds back the other two until it succeeds once.',
    lifecycle: 'What is called after the start and before the stop.',
  },
  'core/v1.EphemeralContainer': {
    '': 'A container added to a running pod for debugging. It is never restarted and has no resources of its own.',
    name: 'Name of the container, unique among all containers of the pod.',
    targetContainerName: 'Container whose processes this one sees. Default: it has a process namespace of its own.',
    ...container,
    ports: notEphemeral,
    resources: notEphemeral,
    resizePolicy: notEphemeral,
    restartPolicy: notEphemeral,
    restartPolicyRules: notEphemeral,
    livenessProbe: notEphemeral,
    readinessProbe: notEphemeral,
    startupProbe: notEphemeral,
    lifecycle: notEphemeral,
  },
  'core/v1.ContainerPort': {
    '': 'A port a container listens on.',
    containerPort: 'The port, 1 to 65535.',
    protocol: 'TCP (default), UDP or SCTP.',
    name: 'A name that Services and probes can use instead of the number; at most 15 letters, digits and dashes.',
    hostPort: 'Port of the node that leads to this one, 1 to 65535. With hostNetwork it equals containerPort.',
    hostIP: 'Address of the node on which hostPort listens. Default: all of them.',
  },
  'core/v1.EnvVar': {
    '': 'One environment variable of a container.',
    name: 'Name of the variable: any printable ASCII characters except "=".',
    value:
      'Value of the variable; $(NAME) stands for one defined before, $$(NAME) for the text $(NAME). Default empty.',
    valueFrom: 'Where the value is taken from. Not together with value.',
  },
  'core/v1.EnvVarSource': {
    '': 'Where the value of an environment variable is taken from. Exactly one field is set.',
    fieldRef: 'A field of the pod itself, such as metadata.name or status.podIP.',
    resourceFieldRef: 'A request or limit of a container, such as limits.cpu.',
    configMapKeyRef: 'The value of one key of a ConfigMap.',
    secretKeyRef: 'The value of one key of a Secret.',
    fileKeyRef: 'The value of one key of a file in a volume, written by an init container.',
  },
  'core/v1.EnvFromSource': {
    '': 'An object whose every key becomes an environment variable.',
    prefix: 'Text put in front of every key.',
    configMapRef: 'The ConfigMap to take keys from.',
    secretRef: 'The Secret to take keys from.',
  },
  'core/v1.ConfigMapEnvSource': {
    '': 'A ConfigMap whose keys become environment variables.',
    name: 'Name of the ConfigMap in the namespace of the pod.',
    optional: optionalObject,
  },
  'core/v1.SecretEnvSource': {
    '': 'A Secret whose keys become environment variables.',
    name: 'Name of the Secret in the namespace of the pod.',
    optional: optionalObject,
  },
  'core/v1.ConfigMapKeySelector': {
    '': 'One key of a ConfigMap.',
    name: 'Name of the ConfigMap in the namespace of the pod.',
    key: 'The key whose value is taken.',
    optional: optionalObject,
  },
  'core/v1.SecretKeySelector': {
    '': 'One key of a Secret.',
    name: 'Name of the Secret in the namespace of the object.',
    key: 'The key whose value is taken.',
    optional: optionalObject,
  },
  'core/v1.FileKeySelector': {
    '': 'One key of a file of lines NAME=value.',
    volumeName: 'The emptyDir volume of the pod that has the file.',
    path: 'Path of the file within the volume; relative, without "..".',
    key: 'The key whose value is taken.',
    optional: 'Whether the container starts even if the file or the key does not exist. Default false.',
  },
  'core/v1.ObjectFieldSelector': {
    '': 'A field of the pod.',
    apiVersion: 'Version in which fieldPath is written. Default v1.',
    fieldPath: "Path of the field, such as metadata.labels['app'], spec.nodeName or status.podIP.",
  },
  'core/v1.ResourceFieldSelector': {
    '': 'A request or limit of a container, as a number.',
    containerName: 'Name of the container. Needed in volumes; in variables the default is the container itself.',
    resource: 'What is taken, such as limits.cpu or requests.memory.',
    divisor: 'Unit of the number, such as 1m or 1Mi; the result is rounded up. Default 1.',
  },
  'core/v1.ResourceRequirements': {
    '': 'What a container or pod needs and may use.',
    limits: 'The most it may use. More cpu is held back; with more memory it is killed.',
    requests: 'What is set aside for it; the scheduler counts this. Default: the limits.',
    claims: 'Devices it uses, by name in spec.resourceClaims of the pod.',
  },
  'core/v1.ResourceClaim': {
    '': 'Devices of the pod that a container uses.',
    name: 'Name of the claim in spec.resourceClaims of the pod.',
    request: 'Request of the claim whose devices are used. Default: all of them.',
  },
  'core/v1.ContainerResizePolicy': {
    '': 'What happens when one resource of a running container changes.',
    resourceName: 'The resource: cpu or memory.',
    restartPolicy:
      'NotRequired changes it while the container runs, if possible; RestartContainer restarts the container.',
  },
  'core/v1.ContainerRestartRule': {
    '': 'What happens when a container ends with certain exit codes.',
    action: 'Restart starts the container again, RestartAllContainers all containers of the pod.',
    exitCodes: 'The exit codes the rule is about.',
  },
  'core/v1.ContainerRestartRuleOnExitCodes': {
    '': 'Some exit codes, or all others.',
    operator: 'In: the exit code is one of values; NotIn: it is none of them.',
    values: 'Exit codes to compare with; at most 255.',
  },
  'core/v1.Probe': {
    '': 'A check of a container, made again and again. It has exactly one of exec, grpc, httpGet and tcpSocket.',
    httpGet: 'Succeeds when an HTTP request is answered with 200 to 399.',
    tcpSocket: 'Succeeds when a TCP connection can be opened.',
    exec: 'Succeeds when a command in the container ends with 0.',
    grpc: 'Succeeds when the gRPC health service answers SERVING.',
    initialDelaySeconds: 'Seconds after the start before the first check. Default 0.',
    periodSeconds: 'Seconds between checks, 1 or more. Default 10.',
    timeoutSeconds: 'Seconds a check may take, 1 or more. Default 1.',
    successThreshold: 'Successes in a row that make it good again; 1 for liveness and startup probes. Default 1.',
    failureThreshold: 'Failures in a row that make it bad, 1 or more. Default 3.',
    terminationGracePeriodSeconds:
      'Seconds the container has to stop after this check has failed, 1 or more. Default: that of the pod. Not for readiness probes.',
  },
  'core/v1.HTTPGetAction': {
    '': 'An HTTP GET request to a container.',
    path: 'Path of the request. Default /.',
    port: 'Port of the container, 1 to 65535 or its name.',
    host: 'Host to connect to. Default: the address of the pod. For another Host header use httpHeaders.',
    scheme: 'HTTP (default), or HTTPS, whose certificate is not checked.',
    httpHeaders: 'Further headers of the request; names may repeat.',
  },
  'core/v1.HTTPHeader': {
    '': 'One header of an HTTP request.',
    name: 'Name of the header; case does not matter.',
    value: 'Value of the header.',
  },
  'core/v1.TCPSocketAction': {
    '': 'A TCP connection to a container.',
    port: 'Port of the container, 1 to 65535 or its name.',
    host: 'Host to connect to. Default: the address of the pod.',
  },
  'core/v1.ExecAction': {
    '': 'A command run inside a container.',
    command: 'Program and arguments, run in / without a shell. Exit code 0 is success.',
  },
  'core/v1.GRPCAction': {
    '': 'A call of the gRPC health checking service of a container.',
    port: 'Port of the service, 1 to 65535.',
    service: 'Name of the service that is asked about. Default empty: the server as a whole.',
  },
  'core/v1.Lifecycle': {
    '': 'What is called when a container starts and stops.',
    postStart:
      'Called right after the start, beside the program. If it fails the container is ended and treated as its restart policy says.',
    preStop: 'Called before the container is asked to stop. Its time counts against the grace period.',
    stopSignal:
      'Signal that asks the container to stop; needs spec.os.name. Default: that of the image, otherwise SIGTERM.',
  },
  'core/v1.LifecycleHandler': {
    '': 'What is called; exactly one field is set.',
    exec: 'A command run inside the container.',
    httpGet: 'An HTTP request to the container.',
    tcpSocket: 'No longer supported, and fails when it is called.',
    sleep: 'A pause, for example until load balancers have noticed.',
  },
  'core/v1.SleepAction': { '': 'A pause of some seconds.', seconds: 'Length of the pause in seconds.' },
  'core/v1.SecurityContext': {
    '': 'Rights of one container. What is said here wins over the pod.',
    capabilities: 'Linux capabilities that are added or taken away. Default: those of the runtime.',
    privileged: 'Nearly everything root of the node may do, devices included. Default false.',
    seLinuxOptions: 'SELinux label of the container. Default: chosen by the runtime.',
    windowsOptions: 'Settings of containers on Windows.',
    runAsUser: 'Number of the user the processes run as. Default: as the image says.',
    runAsGroup: 'Number of the main group the processes run as. Default: as the runtime says.',
    runAsNonRoot: 'The container is not started if it would run as user 0. Default false.',
    readOnlyRootFilesystem: 'Only volumes can be written to. Default false.',
    allowPrivilegeEscalation:
      'Whether a process can get more rights than its parent (no_new_privs). Always true when privileged.',
    procMount: 'Default hides parts of /proc, Unmasked shows it whole and needs hostUsers false.',
    seccompProfile: 'System calls the container may make.',
    appArmorProfile: 'AppArmor profile of the container.',
  },
  'core/v1.Capabilities': {
    '': 'Linux capabilities added to, and taken from, what the runtime gives.',
    add: 'Capabilities that are added, such as NET_ADMIN; ALL for all.',
    drop: 'Capabilities that are taken away, such as NET_RAW; ALL for all.',
  },
  'core/v1.SELinuxOptions': {
    '': 'SELinux label of processes and files.',
    user: 'User part of the label.',
    role: 'Role part of the label.',
    type: 'Type part of the label.',
    level: 'Level part of the label, such as s0:c123,c456.',
  },
  'core/v1.SeccompProfile': {
    '': 'System calls a process may make.',
    type: 'RuntimeDefault: the profile of the runtime; Localhost: a file of the node; Unconfined: no restriction.',
    localhostProfile: 'Path of the file below the seccomp folder of the node agent, for the type Localhost only.',
  },
  'core/v1.AppArmorProfile': {
    '': 'AppArmor profile of a container.',
    type: 'RuntimeDefault: the profile of the runtime; Localhost: one loaded on the node; Unconfined: no restriction.',
    localhostProfile,
  },
  'core/v1.WindowsSecurityContextOptions': {
    '': 'Settings of containers on Windows.',
    gmsaCredentialSpecName: 'Name of the group-managed service account the container runs as.',
    gmsaCredentialSpec: 'Content of the credential specification of that account; filled in by a webhook.',
    runAsUserName: 'Name of the user the processes run as, perhaps with a domain. Default: as the image says.',
    hostProcess:
      'The container runs as a process of the host; all containers of the pod must agree, and hostNetwork must be true.',
  },
  'core/v1.ContainerStatus': {
    '': 'What was last seen of one container.',
    name: 'Name of the container.',
    state: 'State the container is in now.',
    lastState: 'How the previous run of the container ended.',
    ready: 'Whether the readiness probe succeeds; without one, whether the container runs.',
    restartCount: 'How often the container was restarted. Counted from what is left of old runs, so it may fall.',
    image: 'Image as it was asked for from the registry.',
    imageID: 'Digest of the image that runs.',
    containerID: 'Name of the container at the runtime: <type>://<id>.',
    started: 'Whether the startup probe has succeeded and the postStart hook is done.',
    allocatedResources: 'What the node has set aside for the container.',
    resources: 'Requests and limits that are in force for the running container.',
    volumeMounts: 'How volumes are mounted.',
    user: 'User the first process of the container was started as.',
    allocatedResourcesStatus: 'Health of the devices the container has.',
    stopSignal: 'Signal that asks the container to stop.',
  },
  'core/v1.ContainerState': {
    '': 'State of a container; one field is set. None means waiting.',
    waiting: 'The container does not run yet: its image is fetched, or it backs off.',
    running: 'The container was started and runs.',
    terminated: 'The container ran and has ended.',
  },
  'core/v1.ContainerStateRunning': { '': 'A container that runs.', startedAt: 'When the container was last started.' },
  'core/v1.ContainerStateWaiting': {
    '': 'A container that does not run yet.',
    reason: 'One word for why, such as ImagePullBackOff or CrashLoopBackOff.',
    message: 'For people: why the container does not run.',
  },
  'core/v1.ContainerStateTerminated': {
    '': 'A container that has ended.',
    exitCode: 'Exit code of the program; 128 and the signal when one ended it.',
    signal: 'Signal that ended the program, if any.',
    reason: 'One word for how it ended: Completed, Error, OOMKilled.',
    message: 'Last message of the program.',
    startedAt: 'When this run began.',
    finishedAt: 'When this run ended.',
    containerID: 'Name of the container at the runtime: <type>://<id>.',
  },
  'core/v1.ContainerUser': { '': 'User a container was started as.', linux: 'Numbers of user and groups, on Linux.' },
  'core/v1.LinuxContainerUser': {
    '': 'User and groups of the first process of a container. It may change them if it has the right to.',
    uid: 'Number of the user.',
    gid: 'Number of the main group.',
    supplementalGroups: 'Numbers of the other groups.',
  },
  'core/v1.ResourceStatus': {
    '': 'Health of the devices of one resource.',
    name: 'Resource, as example.com/gpu, or a claim as claim:<name>/<request>.',
    resources: 'Health of each device, with a unique identifier.',
  },
  'core/v1.ResourceHealth': {
    '': 'Health of one device.',
    resourceID: 'Name of the device, unique for the resource on the node.',
    health: 'Healthy, Unhealthy, or Unknown when nobody can tell.',
    message: 'For people: more about the health.',
  },
  'core/v1.VolumeMountStatus': {
    '': 'How a volume is mounted in a container.',
    name: 'Name of the volume.',
    mountPath: 'Where the volume is in the container.',
    readOnly: 'Whether the container cannot write to it.',
    recursiveReadOnly: 'Whether that holds for file systems mounted below it too: Disabled or Enabled.',
    volumeStatus: 'What is known of the volume itself.',
  },
  'core/v1.VolumeStatus': { '': 'What is known of a mounted volume.', image: 'The image the volume was made from.' },
  'core/v1.ImageVolumeStatus': {
    '': 'The image a volume was made from.',
    imageRef: 'Digest of the image that is mounted.',
  },
};
