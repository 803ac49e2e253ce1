import type { Sequence } from '../conversation.ts';
import { askAbout, type KindCase, type Manifest } from './cases.ts';
import { core, inGroup } from './places.ts';

/** A Service with one port. */
export const service: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'small' },
  spec: { selector: { app: 'small' }, ports: [{ port: 80 }] },
};

const serviceCase: KindCase = {
  path: `${core}/services`,
  object: service,
  right: [
    { 'spec/clusterIP': 'None' },
    { 'spec/clusterIP': 'None', 'spec/ports': undefined },
    { 'spec/clusterIP': 'None', 'spec/selector': undefined },
    { 'spec/type': 'ExternalName', 'spec/externalName': 'example.com', 'spec/ports': undefined },
    { 'spec/type': 'NodePort' },
    { 'spec/type': 'NodePort', 'spec/ports/0/nodePort': 30_080 },
    { 'spec/type': 'LoadBalancer' },
    { 'spec/type': 'LoadBalancer', 'spec/allocateLoadBalancerNodePorts': false, 'spec/externalTrafficPolicy': 'Local' },
    {
      'spec/ports': [
        { name: 'a', port: 80, targetPort: 'web' },
        { name: 'b', port: 443, targetPort: 8443, protocol: 'UDP', appProtocol: 'https' },
      ],
    },
    { 'spec/sessionAffinity': 'ClientIP' },
    { 'spec/sessionAffinity': 'ClientIP', 'spec/sessionAffinityConfig': { clientIP: { timeoutSeconds: 5 } } },
    { 'spec/externalIPs': ['1.2.3.4'] },
    {
      'spec/publishNotReadyAddresses': true,
      'spec/internalTrafficPolicy': 'Local',
      'spec/trafficDistribution': 'PreferClose',
    },
    { 'spec/ipFamilyPolicy': 'PreferDualStack' },
    { 'spec/clusterIP': '10.96.7.7' },
  ],
  wrong: [
    { spec: undefined },
    { spec: {} },
    { 'spec/ports': [] },
    { 'spec/ports': [{}] },
    { 'spec/ports': [{ port: 0 }] },
    { 'spec/ports': [{ port: 70_000 }] },
    { 'spec/ports': [{ port: 'http' }] },
    { 'spec/ports': [{ port: 80, targetPort: 70_000 }] },
    { 'spec/ports': [{ port: 80, targetPort: 'UP_PER' }] },
    { 'spec/ports': [{ port: 80, protocol: 'ICMP' }] },
    { 'spec/ports': [{ port: 80 }, { port: 81 }] },
    {
      'spec/ports': [
        { name: 'a', port: 80 },
        { name: 'a', port: 81 },
      ],
    },
    {
      'spec/ports': [
        { name: 'a', port: 80 },
        { name: 'b', port: 80 },
      ],
    },
    { 'spec/ports': [{ name: 'A_B', port: 80 }] },
    { 'spec/ports': [{ port: 80, nodePort: 30_000 }] },
    { 'spec/ports': [{ port: 80, nodePort: 80 }], 'spec/type': 'NodePort' },
    { 'spec/ports': [{ port: 80, appProtocol: 'a b' }] },
    { 'spec/type': 'Wrong' },
    { 'spec/type': 'ExternalName' },
    { 'spec/type': 'ExternalName', 'spec/externalName': 'A B' },
    { 'spec/type': 'ExternalName', 'spec/externalName': 'example.com', 'spec/clusterIP': '10.96.1.1' },
    { 'spec/externalName': 'example.com' },
    { 'spec/clusterIP': 'x' },
    { 'spec/clusterIP': '1.2.3.4' },
    { 'spec/clusterIP': '10.96.0.1' },
    { 'spec/clusterIP': '10.96.9.9', 'spec/clusterIPs': ['10.96.9.8'] },
    { 'spec/clusterIPs': ['10.96.9.9'] },
    { 'spec/clusterIP': 'None', 'spec/type': 'NodePort' },
    { 'spec/clusterIP': 'None', 'spec/type': 'LoadBalancer' },
    { 'spec/sessionAffinity': 'Wrong' },
    { 'spec/sessionAffinityConfig': { clientIP: { timeoutSeconds: 5 } } },
    { 'spec/sessionAffinity': 'ClientIP', 'spec/sessionAffinityConfig': { clientIP: { timeoutSeconds: 0 } } },
    { 'spec/externalIPs': ['x', '127.0.0.1', '0.0.0.0'] },
    { 'spec/externalTrafficPolicy': 'Local' },
    { 'spec/externalTrafficPolicy': 'Wrong', 'spec/type': 'NodePort' },
    { 'spec/internalTrafficPolicy': 'Wrong' },
    { 'spec/healthCheckNodePort': 30_001 },
    { 'spec/loadBalancerSourceRanges': ['10.0.0.0/8'] },
    { 'spec/loadBalancerSourceRanges': ['x'], 'spec/type': 'LoadBalancer' },
    { 'spec/loadBalancerClass': 'example.com/a' },
    { 'spec/loadBalancerClass': 'a b', 'spec/type': 'LoadBalancer' },
    { 'spec/allocateLoadBalancerNodePorts': true },
    { 'spec/ipFamilies': ['IPv6'] },
    { 'spec/ipFamilies': ['IPv5'] },
    { 'spec/ipFamilies': ['IPv4', 'IPv4'] },
    { 'spec/ipFamilyPolicy': 'Wrong' },
    { 'spec/ipFamilyPolicy': 'RequireDualStack' },
    { 'spec/trafficDistribution': 'Wrong' },
    { 'spec/selector': { 'a b': 'c d' } },
    { 'metadata/name': '1a' },
    { 'metadata/name': 'a.b' },
    { 'metadata/name': 'a'.repeat(64) },
    { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } },
  ],
  changes: [
    { spec: { ports: [{ port: 81 }] } },
    { spec: { clusterIP: null } },
    { spec: { clusterIP: '10.96.200.200', clusterIPs: ['10.96.200.200'] } },
    { spec: { clusterIP: 'None', clusterIPs: ['None'] } },
    { spec: { clusterIP: null, clusterIPs: null } },
    { spec: { type: 'NodePort' } },
    { spec: { type: 'LoadBalancer' } },
    { spec: { type: 'ExternalName' } },
    { spec: { type: 'ExternalName', externalName: 'example.com' } },
    { spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null, ports: null } },
    { spec: { selector: { app: 'other' } } },
    { spec: { sessionAffinity: 'ClientIP' } },
    { spec: { ipFamilies: ['IPv6'] } },
    { spec: { ipFamilyPolicy: 'PreferDualStack' } },
    { spec: { ports: null } },
    { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } },
  ],
};

const endpointsCase: KindCase = {
  path: `${core}/endpoints`,
  object: {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'small' },
    subsets: [{ addresses: [{ ip: '10.0.0.2' }, { ip: '10.0.0.1' }], ports: [{ port: 80 }] }],
  },
  right: [
    { subsets: undefined },
    {
      'subsets/0/notReadyAddresses': [{ ip: '10.0.0.3' }],
      'subsets/0/ports': [
        { name: 'b', port: 2 },
        { name: 'a', port: 1 },
      ],
    },
  ],
  wrong: [
    { subsets: [{}] },
    { subsets: [{ addresses: [{}] }] },
    { subsets: [{ addresses: [{ ip: 'x' }, { ip: '127.0.0.1' }, { ip: '169.254.1.1' }, { ip: '0.0.0.0' }] }] },
    { subsets: [{ addresses: [{ ip: '10.0.0.1', hostname: 'A B' }], ports: [{ port: 0 }] }] },
    { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1 }, { port: 2 }] }] },
    { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 1, protocol: 'ICMP', name: 'A_' }] }] },
  ],
};

const endpointSliceCase: KindCase = {
  path: `${inGroup('discovery.k8s.io')}/endpointslices`,
  object: {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'small' },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  },
  right: [
    {
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81, protocol: 'UDP' },
      ],
    },
    { endpoints: undefined, ports: undefined },
    { 'endpoints/0/conditions': { ready: true }, 'endpoints/0/nodeName': 'a', 'endpoints/0/zone': 'b' },
  ],
  wrong: [
    { addressType: undefined },
    { addressType: 'Wrong' },
    { endpoints: [{}] },
    { endpoints: [{ addresses: [] }] },
    { endpoints: [{ addresses: ['x'] }] },
    { endpoints: [{ addresses: ['127.0.0.1'] }] },
    { endpoints: [{ addresses: ['::1'] }] },
    { endpoints: [{ addresses: ['10.0.0.1'], hostname: 'A B' }] },
    { endpoints: [{ addresses: ['10.0.0.1'], nodeName: 'A B' }] },
    { addressType: 'FQDN', endpoints: [{ addresses: ['A B'] }] },
    { ports: [{ port: 1 }, { port: 2 }] },
    { ports: [{ port: 0, name: 'A_', protocol: 'ICMP', appProtocol: 'a b' }] },
  ],
  changes: [{ addressType: 'IPv6' }, { endpoints: [] }],
};

const backend = { service: { name: 'small', port: { number: 80 } } };
const ingressCase: KindCase = {
  path: `${inGroup('networking.k8s.io')}/ingresses`,
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'small' },
    spec: { defaultBackend: backend },
  },
  right: [
    {
      spec: {
        rules: [{ host: 'example.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
        tls: [{ hosts: ['example.com'], secretName: 'a' }],
      },
    },
    { 'spec/ingressClassName': 'absent' },
    {
      spec: { rules: [{ host: '*.example.com', http: { paths: [{ pathType: 'ImplementationSpecific', backend }] } }] },
    },
  ],
  wrong: [
    { spec: undefined },
    { spec: {} },
    { spec: { rules: [{}] } },
    { spec: { rules: [{ host: 'A B' }] } },
    { spec: { rules: [{ host: '*' }, { host: 'a.*.b' }, { host: '1.2.3.4' }, { host: 'a:80' }] } },
    { spec: { rules: [{ http: { paths: [] } }] } },
    { spec: { rules: [{ http: { paths: [{ backend }] } }] } },
    { spec: { rules: [{ http: { paths: [{ pathType: 'Wrong', path: '/', backend }] } }] } },
    { spec: { rules: [{ http: { paths: [{ pathType: 'Prefix', backend }] } }] } },
    {
      spec: {
        rules: [
          {
            http: {
              paths: [
                { pathType: 'Prefix', path: 'a', backend },
                { pathType: 'Exact', path: '/a//b/../c%2f', backend },
              ],
            },
          },
        ],
      },
    },
    { spec: { rules: [{ http: { paths: [{ pathType: 'ImplementationSpecific', path: '[', backend: {} }] } }] } },
    { spec: { defaultBackend: {} } },
    { spec: { defaultBackend: { service: {} } } },
    { spec: { defaultBackend: { service: { name: 'A B', port: {} } } } },
    { spec: { defaultBackend: { service: { name: 'a', port: { number: 80, name: 'b' } } } } },
    { spec: { defaultBackend: { service: { name: 'a', port: { number: 70_000 } } } } },
    { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } }, resource: { kind: 'A', name: 'b' } } } },
    { spec: { defaultBackend: { resource: {} } } },
    { 'spec/ingressClassName': 'A B' },
    { 'spec/ingressClassName': 'a', 'metadata/annotations': { 'kubernetes.io/ingress.class': 'b' } },
    { 'spec/tls': [{ hosts: ['A B'] }, { secretName: 'A B' }] },
  ],
  changes: [{ spec: { defaultBackend: null } }, { status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }],
};

const ingressClassCase: KindCase = {
  path: '/apis/networking.k8s.io/v1/ingressclasses',
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'small' },
    spec: { controller: 'example.com/a' },
  },
  right: [{ 'spec/parameters': { kind: 'A', name: 'b' } }],
  wrong: [
    { spec: undefined },
    { 'spec/controller': 'plain' },
    { 'spec/controller': `example.com/${'a'.repeat(250)}` },
    { 'spec/parameters': { kind: 'A', name: 'b', scope: 'Namespace' } },
    { 'spec/parameters': { kind: 'A', name: 'b', scope: 'Cluster', namespace: 'c' } },
    { 'spec/parameters': { kind: 'A', name: 'b', scope: 'Wrong' } },
    { 'spec/parameters': {} },
  ],
  changes: [{ spec: { controller: 'example.com/b' } }],
};

const networkPolicyCase: KindCase = {
  path: `${inGroup('networking.k8s.io')}/networkpolicies`,
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'small' },
    spec: { podSelector: {} },
  },
  right: [
    { 'spec/egress': [{}] },
    {
      'spec/ingress': [
        {
          from: [{ podSelector: { matchLabels: { a: 'b' } } }, { namespaceSelector: {} }],
          ports: [{ port: 80 }, { port: 'web', protocol: 'UDP' }, { port: 1, endPort: 5 }],
        },
      ],
    },
    {
      'spec/policyTypes': ['Egress'],
      'spec/egress': [{ to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }],
    },
  ],
  wrong: [
    { spec: undefined },
    { spec: {} },
    { 'spec/policyTypes': ['Wrong'] },
    { 'spec/policyTypes': ['Ingress', 'Egress', 'Ingress'] },
    { 'spec/podSelector': { matchLabels: { 'a b': 'c' } } },
    { 'spec/ingress': [{ from: [{}] }] },
    { 'spec/ingress': [{ from: [{ ipBlock: { cidr: 'x' } }] }] },
    { 'spec/ingress': [{ from: [{ ipBlock: {} }] }] },
    { 'spec/ingress': [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/8', 'x'] } }] }] },
    { 'spec/ingress': [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} }] }] },
    { 'spec/ingress': [{ ports: [{ port: 0 }, { port: 'A_' }, { protocol: 'ICMP' }] }] },
    { 'spec/ingress': [{ ports: [{ port: 5, endPort: 1 }, { endPort: 5 }, { port: 'web', endPort: 5 }] }] },
  ],
  changes: [{ spec: { policyTypes: ['Egress'] } }],
};

const serviceCidrCase: KindCase = {
  path: '/apis/networking.k8s.io/v1/servicecidrs',
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'small' },
    spec: { cidrs: ['10.200.0.0/24'] },
  },
  wrong: [
    { spec: undefined },
    { 'spec/cidrs': [] },
    { 'spec/cidrs': ['x'] },
    { 'spec/cidrs': ['10.0.0.0/24', '10.0.1.0/24'] },
    { 'spec/cidrs': ['10.0.0.0/24', 'fd00::/64', 'fd01::/64'] },
    { 'spec/cidrs': ['10.0.0.1/24'] },
  ],
  changes: [{ spec: { cidrs: ['10.201.0.0/24'] } }],
};

const ipAddressCase: KindCase = {
  path: '/apis/networking.k8s.io/v1/ipaddresses',
  object: {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: '10.200.0.5' },
    spec: { parentRef: { resource: 'services', namespace: 'golden', name: 'small' } },
  },
  wrong: [
    { 'metadata/name': 'x' },
    { 'metadata/name': '10.200.0.05' },
    { 'metadata/name': '10.200.0.6', spec: undefined },
    { 'metadata/name': '10.200.0.6', 'spec/parentRef': {} },
    {
      'metadata/name': '10.200.0.6',
      'spec/parentRef': { resource: 'A B', name: 'A/B', namespace: 'A B', group: 'A B' },
    },
  ],
  changes: [{ spec: { parentRef: { name: 'other' } } }],
};

/** Addresses and who may reach them. */
export const networking: Readonly<Record<string, Sequence>> = {
  services: (say) => askAbout(say, serviceCase),
  async endpoints(say) {
    for (const one of [endpointsCase, endpointSliceCase, serviceCidrCase, ipAddressCase]) await askAbout(say, one);
  },
  async ingresses(say) {
    for (const one of [ingressCase, ingressClassCase, networkPolicyCase]) await askAbout(say, one);
  },
};
