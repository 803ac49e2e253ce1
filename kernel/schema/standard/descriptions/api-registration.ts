import type { Descriptions } from './text.ts';

/** apiregistration.k8s.io. */
export const apiRegistrationDescriptions: Descriptions = {
  'apiregistration/v1.APIService': {
    '': 'One version of an API group and the server that answers for it. Called <version>.<group>.',
    spec: 'Which group and version, and who answers for it.',
    status: 'Whether the API can be used.',
  },
  'apiregistration/v1.APIServiceSpec': {
    '': 'A version of a group, its place among others, and the server that answers for it.',
    service: 'The Service in front of the server; without one, this server answers by itself.',
    group: 'Name of the group; empty only for v1 of the core group.',
    version: 'Name of the version, for example "v1".',
    insecureSkipTLSVerify: 'Do not look at the certificate of the server. Better give a caBundle.',
    caBundle: 'Authorities that the certificate of the server must come from, PEM. Default: those the system trusts.',
    groupPriorityMinimum:
      'Place of the group among others: clients prefer higher numbers. 1 to 20000; the highest of its versions counts.',
    versionPriority:
      'Place of the version in its group: higher numbers come first. 1 to 1000; of equal ones v2 is before v1, v1beta1 and others.',
  },
  'apiregistration/v1.ServiceReference': {
    '': 'The Service in front of a server.',
    namespace: 'Namespace of the Service.',
    name: 'Name of the Service.',
    port: 'Port of the Service that answers HTTPS. Default 443.',
  },
  'apiregistration/v1.APIServiceStatus': {
    '': 'What was last seen of the server of an API.',
    conditions: 'Latest observations, such as Available.',
  },
  'apiregistration/v1.APIServiceCondition': { '': 'One observation of the server of an API.' },
};
