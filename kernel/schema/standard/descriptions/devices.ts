import type { Descriptions } from './text.ts';

/** resource.k8s.io. */
export const deviceDescriptions: Descriptions = {
  'resource/v1.DeviceClass': { '': 'Devices claims can ask for.', spec: 'Which devices, and their settings.' },
  'resource/v1.DeviceClassSpec': {
    '': 'Which devices a class is about.',
    selectors: 'Expressions that must hold of a device.',
    config: 'Settings for the driver.',
    extendedResourceName: 'Name under which pods may ask for one as for cpu.',
  },
  'resource/v1.ResourceClaim': {
    '': 'Devices a workload asks for.',
    spec: 'What it asks for. Cannot be changed.',
    status: 'What it got.',
  },
  'resource/v1.ResourceClaimSpec': { '': 'What a claim asks for.', devices: 'The devices.' },
  'resource/v1.DeviceClaim': {
    '': 'The devices.',
    requests: 'What is asked for, by name; at most 32.',
    constraints: 'What must be alike, or different, between devices.',
    config: 'Settings for the drivers.',
  },
  'resource/v1.DeviceRequest': {
    '': 'One request.',
    name: 'Its name within the claim.',
    exactly: 'What is wanted.',
    firstAvailable: 'Choices; the first that can be had is taken.',
  },
  'resource/v1.ResourceClaimTemplate': {
    '': 'What claims of pods are made from.',
    spec: 'The claim. Cannot be changed.',
  },
  'resource/v1.ResourceSlice': { '': 'Devices a driver offers.', spec: 'The devices.' },
  'resource/v1.ResourceSliceSpec': {
    '': 'Devices a driver offers.',
    driver: 'The driver. Cannot be changed.',
    pool: 'Pool the devices belong to, and how many slices it has.',
    nodeName: 'Node that has them.',
    nodeSelector: 'Nodes that can reach them.',
    allNodes: 'Whether all nodes can reach them.',
    devices: 'The devices.',
  },
};
