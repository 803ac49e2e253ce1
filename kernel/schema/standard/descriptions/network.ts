import type { Descriptions } from './text.ts';

/** networking.k8s.io, discovery.k8s.io, and what was before. */
export const networkDescriptions: Descriptions = {
  'networking/v1.Ingress': {
    '': 'Which Services answer HTTP requests from outside, by host and path.',
    spec: 'What is wanted.',
    status: 'Where it answers.',
  },
  'networking/v1.IngressSpec': {
    '': 'What an Ingress wants.',
    ingressClassName: 'IngressClass of the program that serves it.',
    defaultBackend: 'What answers requests no rule is about.',
    tls: 'Hosts that are served with TLS, and their certificates.',
    rules: 'Hosts and paths and what answers them.',
  },
  'networking/v1.IngressRule': {
    '': 'Paths of one host.',
    host: 'Name of the host, perhaps with *. in front. Default: any.',
    http: 'The paths.',
  },
  'networking/v1.HTTPIngressRuleValue': {
    '': 'Paths of one host.',
    paths: 'The paths; the longest that matches counts.',
  },
  'networking/v1.HTTPIngressPath': {
    '': 'A path and what answers it.',
    path: 'Begins with a slash.',
    pathType: 'Exact: this path. Prefix: it and everything below. ImplementationSpecific: as the class says.',
    backend: 'What answers.',
  },
  'networking/v1.IngressBackend': {
    '': 'What answers: a Service or another resource.',
    service: 'The Service and its port.',
    resource: 'An object of the same namespace.',
  },
  'networking/v1.IngressTLS': {
    '': 'Hosts that share a certificate.',
    hosts: 'Names in the certificate.',
    secretName: 'Secret of type kubernetes.io/tls.',
  },
  'networking/v1.IngressClass': { '': 'A program that serves Ingresses.', spec: 'Which program, and its settings.' },
  'networking/v1.IngressClassSpec': {
    '': 'Which program, and its settings.',
    controller: 'Name of the program: example.com/ingress-controller. Cannot be changed.',
    parameters: 'Object with its settings.',
  },
  'networking/v1.NetworkPolicy': { '': 'Who pods may talk to.', spec: 'Which pods, and with whom.' },
  'networking/v1.NetworkPolicySpec': {
    '': 'Which pods a policy is about, and who they may talk to. What no policy is about is allowed.',
    podSelector: 'The pods. An empty selector means all of the namespace.',
    policyTypes: 'Ingress, Egress or both. Default Ingress, and Egress where there are rules for it.',
    ingress: 'Who may talk to the pods. Empty: nobody.',
    egress: 'Whom the pods may talk to. Empty: nobody.',
  },
  'networking/v1.NetworkPolicyIngressRule': {
    '': 'Some peers and the ports they may talk to.',
    from: 'The peers. Empty: everybody.',
    ports: 'The ports. Empty: all.',
  },
  'networking/v1.NetworkPolicyEgressRule': {
    '': 'Some peers and the ports that may be talked to.',
    to: 'The peers. Empty: everybody.',
    ports: 'The ports. Empty: all.',
  },
  'networking/v1.NetworkPolicyPeer': {
    '': 'Pods, or addresses outside.',
    podSelector: 'Pods of the same namespace, or of those namespaceSelector chooses.',
    namespaceSelector: 'Namespaces of the pods.',
    ipBlock: 'A range of addresses. Not together with selectors.',
  },
  'networking/v1.NetworkPolicyPort': {
    '': 'One port, or several in a row.',
    protocol: 'TCP (default), UDP or SCTP.',
    port: 'Number or name. Default: all.',
    endPort: 'Last of several ports; not below port.',
  },
  'networking/v1.ServiceCIDR': {
    '': 'A range Services get their addresses from.',
    spec: 'The range.',
    status: 'Its state.',
  },
  'networking/v1.ServiceCIDRSpec': {
    '': 'The range.',
    cidrs: 'One network, or one for each family of addresses. Cannot be changed.',
  },
  'networking/v1.IPAddress': { '': 'An address that is taken; it is the name.', spec: 'What has it.' },
  'networking/v1.IPAddressSpec': { '': 'What has the address.', parentRef: 'The object. Cannot be changed.' },
  'core/v1.Endpoints': {
    '': 'The addresses behind a Service, in the form of before EndpointSlices.',
    subsets: 'Addresses, grouped by the ports they have.',
  },
  'discovery/v1.EndpointSlice': {
    '': 'Some of the addresses behind a Service, all with the same ports.',
    addressType: 'IPv4, IPv6 or FQDN. Cannot be changed.',
    endpoints: 'The addresses and what is known of them.',
    ports: 'Ports of all of them.',
  },
};
