import { portStatusTexts } from './core.ts';
import type { Descriptions } from './text.ts';

const peers = 'Peers the rule is about; one that fits suffices. Empty: everybody.';
const policyPorts = 'Ports the rule is about. Empty: all of them.';

/** networking.k8s.io, discovery.k8s.io, events.k8s.io and coordination.k8s.io. */
export const networkDescriptions: Descriptions = {
  'networking/v1.Ingress': {
    '': 'Which Services answer HTTP requests from outside, by host and path.',
    spec: 'Hosts and paths, and what answers them.',
    status: 'Where the Ingress answers.',
  },
  'networking/v1.IngressSpec': {
    '': 'Which hosts and paths lead where.',
    ingressClassName: 'IngressClass of the program that serves it. Default: the default class.',
    defaultBackend: 'What answers requests no rule is about. Needed if there are no rules.',
    tls: 'Hosts that are served with TLS, and their certificates.',
    rules: 'Hosts and paths and what answers them.',
  },
  'networking/v1.IngressRule': {
    '': 'Paths of one host.',
    host: 'Name of the host, without port, perhaps with *. in front for one more label. Default: any.',
    http: 'Paths of the host, and what answers them.',
  },
  'networking/v1.HTTPIngressRuleValue': {
    '': 'Paths of one host.',
    paths: 'The paths; the longest that matches counts.',
  },
  'networking/v1.HTTPIngressPath': {
    '': 'A path and what answers it.',
    path: 'Path of the request; begins with a slash.',
    pathType: 'Exact: this path. Prefix: it and everything below. ImplementationSpecific: as the class says.',
    backend: 'What answers requests for the path.',
  },
  'networking/v1.IngressBackend': {
    '': 'What answers: a Service or another resource.',
    service: 'The Service and its port. Not together with resource.',
    resource: 'An object of the same namespace. Not together with service.',
  },
  'networking/v1.IngressServiceBackend': {
    '': 'A Service of the namespace and one of its ports.',
    name: 'Name of the Service.',
    port: 'Port of the Service, by name or number.',
  },
  'networking/v1.ServiceBackendPort': {
    '': 'A port of a Service. Exactly one field is set.',
    name: 'Name of the port.',
    number: 'Number of the port, 1 to 65535.',
  },
  'networking/v1.IngressTLS': {
    '': 'Hosts that share a certificate.',
    hosts: 'Names in the certificate. Default: those of the rules, as the class says.',
    secretName: 'Secret of type kubernetes.io/tls. Default: as the class says.',
  },
  'networking/v1.IngressStatus': {
    '': 'Where an Ingress answers.',
    loadBalancer: 'Addresses and names of the load balancer.',
  },
  'networking/v1.IngressLoadBalancerStatus': {
    '': 'Where the load balancer of an Ingress answers.',
    ingress: 'Addresses and names; any of them can be used.',
  },
  'networking/v1.IngressLoadBalancerIngress': {
    '': 'One place where a load balancer answers.',
    ip: 'Address of the load balancer.',
    hostname: 'Name of the load balancer, where providers give names.',
    ports: 'State of each port.',
  },
  'networking/v1.IngressPortStatus': { '': 'State of one port of a load balancer.', ...portStatusTexts },
  'networking/v1.IngressClass': {
    '': 'A program that serves Ingresses.',
    spec: 'Which program, and its settings.',
  },
  'networking/v1.IngressClassSpec': {
    '': 'Which program, and its settings.',
    controller: 'Name of the program, as example.com/ingress-controller; at most 250 characters. Cannot be changed.',
    parameters: 'Object with settings of the program.',
  },
  'networking/v1.IngressClassParametersReference': {
    '': 'An object with settings.',
    apiGroup: 'Group of the object. Empty: the core group.',
    kind: 'Kind of the object in CamelCase.',
    name: 'Name of the object.',
    scope: 'Cluster (default) or Namespace.',
    namespace: 'Namespace of the object; needed with scope Namespace, otherwise empty.',
  },
  'networking/v1.NetworkPolicy': {
    '': 'Who pods may talk to.',
    spec: 'Which pods the policy is about, and who they may talk to.',
  },
  'networking/v1.NetworkPolicySpec': {
    '': 'Which pods a policy is about, and who they may talk to. What no policy is about is allowed.',
    podSelector: 'The pods. An empty selector means all of the namespace.',
    policyTypes: 'Ingress, Egress or both. Default Ingress, and Egress where there are rules for it.',
    ingress: 'Who may talk to the pods. Empty: nobody.',
    egress: 'Whom the pods may talk to. Empty: nobody.',
  },
  'networking/v1.NetworkPolicyIngressRule': {
    '': 'Some peers and the ports they may talk to.',
    from: peers,
    ports: policyPorts,
  },
  'networking/v1.NetworkPolicyEgressRule': {
    '': 'Some peers and the ports that may be talked to.',
    to: peers,
    ports: policyPorts,
  },
  'networking/v1.NetworkPolicyPeer': {
    '': 'Pods, or addresses outside.',
    podSelector: 'Pods of the same namespace, or of those namespaceSelector chooses.',
    namespaceSelector: 'Namespaces of the pods. An empty selector means all.',
    ipBlock: 'A range of addresses. Not together with selectors.',
  },
  'networking/v1.IPBlock': {
    '': 'A range of addresses.',
    cidr: 'The range, as 10.0.0.0/8 or 2001:db8::/64.',
    except: 'Ranges inside it that are left out.',
  },
  'networking/v1.NetworkPolicyPort': {
    '': 'One port, or several in a row.',
    protocol: 'TCP (default), UDP or SCTP.',
    port: 'Number of the port, or the name of a container port. Default: all.',
    endPort: 'Last of several ports; not below port, which must be a number.',
  },
  'networking/v1.ServiceCIDR': {
    '': 'A range Services get their addresses from.',
    spec: 'Which range it is.',
    status: 'Whether the range is used.',
  },
  'networking/v1.ServiceCIDRSpec': {
    '': 'A range of addresses for Services.',
    cidrs: 'One network, or one for each family of addresses. Cannot be changed.',
  },
  'networking/v1.ServiceCIDRStatus': {
    '': 'Whether a range is used.',
    conditions: 'Latest observations, such as Ready.',
  },
  'networking/v1.IPAddress': {
    '': 'An address that is taken; it is the name.',
    spec: 'Which object has the address.',
  },
  'networking/v1.IPAddressSpec': {
    '': 'Which object has an address.',
    parentRef: 'The object that has the address. Cannot be changed.',
  },
  'networking/v1.ParentReference': {
    '': 'The object an address belongs to.',
    group: 'Group of the object. Empty: the core group.',
    resource: 'Plural name of the resource.',
    namespace: 'Namespace of the object.',
    name: 'Name of the object.',
  },
  'discovery/v1.EndpointSlice': {
    '': 'Some of the addresses behind a Service, all with the same ports.',
    addressType: 'IPv4, IPv6 or FQDN. Cannot be changed.',
    endpoints: 'The addresses and what is known of them; at most 1000.',
    ports: 'Ports that all the addresses have.',
  },
  'discovery/v1.Endpoint': {
    '': 'One place behind a Service, usually a pod.',
    addresses: 'Addresses of the endpoint, 1 to 100. They mean the same; most readers use the first.',
    conditions: 'Whether the endpoint takes requests.',
    hostname: 'Host name of the endpoint, for its DNS name.',
    targetRef: 'Object that has the address, usually a pod.',
    deprecatedTopology: 'Labels of the node in the form of before v1. Not used any more.',
    nodeName: 'Node the endpoint runs on.',
    zone: 'Zone of the node.',
    hints: 'For whom the endpoint is best used.',
  },
  'discovery/v1.EndpointConditions': {
    '': 'Whether an endpoint takes requests.',
    ready: 'Whether it should get requests: it is serving and does not terminate. Absent: true.',
    serving: 'Whether it can answer, also while it terminates. Absent: as ready.',
    terminating: 'Whether it is on its way out. Absent: false.',
  },
  'discovery/v1.EndpointHints': {
    '': 'For whom an endpoint is best used.',
    forZones: 'Zones whose clients should use it; at most 8.',
    forNodes: 'Nodes whose clients should use it; at most 8.',
  },
  'discovery/v1.ForZone': { '': 'A zone whose clients should use an endpoint.', name: 'Name of the zone.' },
  'discovery/v1.ForNode': { '': 'A node whose clients should use an endpoint.', name: 'Name of the node.' },
  'discovery/v1.EndpointPort': {
    '': 'One port of the endpoints of a slice.',
    name: 'Name of the port of the Service, unique in the slice. Default empty.',
    protocol: 'TCP (default), UDP or SCTP.',
    port: 'Number of the port. Absent: all ports.',
    appProtocol: 'What is spoken: a name such as http, kubernetes.io/h2c or example.com/name.',
  },
  'events/v1.Event': {
    '': 'Something that happened to an object. Kept for an hour. The same objects as events of the core group.',
    eventTime: 'When it happened first, to the microsecond.',
    series: 'How often and until when it happened, if it goes on.',
    related: 'A second object that has to do with it.',
    reportingController: 'Program that noticed it, as kubernetes.io/kubelet. Cannot be empty.',
    reportingInstance: 'Which instance of the program, at most 128 characters. Cannot be empty.',
    action: 'What was done, or not done, to the object; at most 128 characters. Cannot be empty.',
    reason: 'One word for why it was done, in CamelCase; at most 128 characters. Cannot be empty.',
    regarding: 'The object it happened to.',
    note: 'For people: what happened; at most 1 KiB.',
    type: 'Normal or Warning; there may be others.',
    deprecatedSource: 'The source of an event of the core group.',
    deprecatedFirstTimestamp: 'The firstTimestamp of an event of the core group.',
    deprecatedLastTimestamp: 'The lastTimestamp of an event of the core group.',
    deprecatedCount: 'The count of an event of the core group.',
  },
  'events/v1.EventSeries': {
    '': 'An event that goes on.',
    count: 'How often it has happened until lastObservedTime, 2 or more.',
    lastObservedTime: 'When it last happened.',
  },
  'coordination/v1.Lease': {
    '': 'Says who leads, or that somebody is alive, until when.',
    spec: 'Who holds it, since when, for how long.',
  },
  'coordination/v1.LeaseSpec': {
    '': 'Who holds a Lease, since when, for how long.',
    holderIdentity: 'Who holds it; empty when nobody does.',
    leaseDurationSeconds: 'Seconds after renewTime at which others may take it, 1 or more.',
    acquireTime: 'When the holder got it.',
    renewTime: 'When the holder last said it is still there.',
    leaseTransitions: 'How often the holder changed.',
    strategy: 'How the holder is chosen, such as OldestEmulationVersion, if the election is coordinated.',
    preferredHolder: 'Who should hold it; the holder gives it up. Needs strategy.',
  },
};
