import type { Descriptions } from './text.ts';

const driver = 'Name of the driver, a DNS subdomain.';
const selectors = 'Expressions that must all hold of a device; at most 32.';
const opaque = 'Settings only the driver understands.';
const bindingConditions = 'Conditions that must be True before the pod is bound to its node; at most 4.';
const bindingFailureConditions = 'Conditions of which one that is True gives the device up again; at most 4.';
const shareID = 'Tells uses of one device apart that has several.';
const requestNames = 'Requests it is about; <request>/<subrequest> for a choice. Empty: all.';
const tolerations = 'Taints of devices that do not keep them from being taken; at most 16.';
const request = {
  deviceClassName: 'DeviceClass the devices are of.',
  selectors: 'Expressions that must all hold of a device, besides those of the class; at most 32.',
  allocationMode: 'ExactCount (default): as many as count says; All: every device of a pool that fits.',
  count: 'Number of devices, for ExactCount only. Default 1.',
  tolerations,
  capacity: 'How much of a device is needed that several claims share.',
};

/** resource.k8s.io. */
export const deviceDescriptions: Descriptions = {
  'resource/v1.DeviceClass': {
    '': 'A kind of devices that claims can ask for.',
    spec: 'Which devices belong to it, and their settings.',
  },
  'resource/v1.DeviceClassSpec': {
    '': 'Which devices a class is about.',
    selectors,
    config: 'Settings for the driver of devices that are taken through the class; at most 32.',
    extendedResourceName: 'Name under which pods may ask for one as for cpu, such as example.com/gpu.',
  },
  'resource/v1.DeviceClassConfiguration': { '': 'Settings of a class for a driver.', opaque },
  'resource/v1.DeviceSelector': { '': 'An expression that chooses devices.', cel: 'The expression, in CEL.' },
  'resource/v1.CELDeviceSelector': {
    '': 'An expression in CEL that chooses devices.',
    expression: 'Gives true or false, over device.driver, device.attributes and device.capacity; at most 10 KiB.',
  },
  'resource/v1.OpaqueDeviceConfiguration': {
    '': 'Settings only a driver understands.',
    driver,
    parameters: 'The settings, as an object with apiVersion and kind; at most 10 KiB.',
  },
  'resource/v1.ResourceClaim': {
    '': 'Devices a workload asks for.',
    spec: 'Which devices are asked for. Cannot be changed.',
    status: 'Which devices the claim got.',
  },
  'resource/v1.ResourceClaimSpec': {
    '': 'What a claim asks for.',
    devices: 'The devices that are asked for.',
  },
  'resource/v1.ResourceClaimTemplate': {
    '': 'What claims of pods are made from.',
    spec: 'What the claims ask for. Cannot be changed.',
  },
  'resource/v1.ResourceClaimTemplateSpec': {
    '': 'What claims are made from.',
    metadata: 'Labels and annotations the claims get.',
    spec: 'Which devices the claims ask for.',
  },
  'resource/v1.DeviceClaim': {
    '': 'The devices a claim asks for.',
    requests: 'What is asked for, by name; at most 32.',
    constraints: 'What must be alike, or different, between devices; at most 32.',
    config: 'Settings for the drivers; at most 32.',
  },
  'resource/v1.DeviceRequest': {
    '': 'One request for devices. Either exactly or firstAvailable is set.',
    name: 'Name of the request within the claim, a DNS label.',
    exactly: 'The devices that are wanted.',
    firstAvailable: 'Choices, at most 8; the first that can be had is taken.',
  },
  'resource/v1.ExactDeviceRequest': {
    '': 'Devices that are wanted.',
    ...request,
    adminAccess: 'Whether they are only watched over, also while others use them. Needs an administrative namespace.',
  },
  'resource/v1.DeviceSubRequest': {
    '': 'One choice of a request for devices.',
    name: 'Name of the choice within the request, a DNS label.',
    ...request,
  },
  'resource/v1.CapacityRequirements': {
    '': 'How much of a device is needed.',
    requests: 'Amount by capacity; what is not named is given as the device says.',
  },
  'resource/v1.DeviceConstraint': {
    '': 'What must be alike, or different, between devices.',
    requests: requestNames,
    matchAttribute: 'Attribute that must be the same for all of them, with its domain, such as gpu.example.com/numa.',
    distinctAttribute: 'Attribute that must differ between all of them, with its domain.',
  },
  'resource/v1.DeviceClaimConfiguration': { '': 'Settings of a claim for a driver.', requests: requestNames, opaque },
  'resource/v1.DeviceToleration': {
    '': 'Lets a device be taken in spite of a taint.',
    key: 'Key of the taint; empty with Exists: every taint.',
    operator: 'Equal (default): the values are the same; Exists: any value.',
    value: 'Value of the taint; empty with Exists.',
    effect: 'Effect of the taint. Empty: every effect.',
    tolerationSeconds:
      'Seconds the pod keeps the device once a NoExecute taint is there. Default: for ever; 0 or less: not at all.',
  },
  'resource/v1.ResourceClaimStatus': {
    '': 'What a claim got.',
    allocation: 'The devices that were taken for it.',
    reservedFor: 'Who may use the claim now, usually pods; at most 256.',
    devices: 'What drivers report of each device.',
  },
  'resource/v1.AllocationResult': {
    '': 'The devices that were taken for a claim.',
    devices: 'The devices, and settings for their drivers.',
    nodeSelector: 'Nodes from which the devices can be used. Absent: all.',
    allocationTimestamp: 'When the devices were taken.',
  },
  'resource/v1.DeviceAllocationResult': {
    '': 'Devices that were taken, and settings for their drivers.',
    results: 'The devices, at most 32; a request can have several.',
    config: 'Settings from class and claim; at most 64, later ones win.',
  },
  'resource/v1.DeviceRequestAllocationResult': {
    '': 'One device that was taken.',
    request: 'Request it was taken for; <request>/<subrequest> for a choice.',
    driver,
    pool: 'Pool the device belongs to.',
    device: 'Name of the device in its pool.',
    adminAccess: 'Whether the device is only watched over.',
    tolerations,
    bindingConditions,
    bindingFailureConditions,
    shareID,
    consumedCapacity: 'How much of the device was taken, by capacity.',
  },
  'resource/v1.DeviceAllocationConfiguration': {
    '': 'Settings for the driver of devices that were taken.',
    source: 'Where the settings come from: FromClass or FromClaim.',
    requests: requestNames,
    opaque,
  },
  'resource/v1.ResourceClaimConsumerReference': {
    '': 'Who uses a claim.',
    apiGroup: 'Group of the user. Empty: the core group.',
    resource: 'Plural name of its resource, such as pods.',
    name: 'Name of the object.',
    uid: 'The metadata.uid of the object.',
  },
  'resource/v1.AllocatedDeviceStatus': {
    '': 'What a driver reports of a device that was taken.',
    driver,
    pool: 'Pool the device belongs to.',
    device: 'Name of the device in its pool.',
    shareID,
    conditions: 'Latest observations of the state of the device; at most 8.',
    data: 'Whatever the driver wants to say; at most 10 KiB.',
    networkData: 'Name and addresses, if the device is a network interface.',
  },
  'resource/v1.NetworkDeviceData': {
    '': 'Name and addresses of a network interface.',
    interfaceName: 'Name of the interface in the pod; at most 256 characters.',
    ips: 'Addresses with the length of their network, as 10.0.0.5/24; at most 16.',
    hardwareAddress: 'Hardware address (MAC) of the interface; at most 128 characters.',
  },
  'resource/v1.ResourceSlice': {
    '': 'Devices a driver offers.',
    spec: 'The devices, their pool, and the nodes that can reach them.',
  },
  'resource/v1.ResourceSliceSpec': {
    '': 'Devices a driver offers. Exactly one field says which nodes can reach them.',
    driver: 'Name of the driver, a DNS subdomain. Cannot be changed.',
    pool: 'Pool the devices belong to, and how many slices it has.',
    nodeName: 'Node that has the devices. Cannot be changed.',
    nodeSelector: 'Nodes that can reach the devices; one term.',
    allNodes: 'Whether all nodes can reach the devices.',
    perDeviceNodeSelection: 'Whether each device says which nodes can reach it.',
    devices: 'The devices, at most 128, or 64 if they have taints or counters.',
    sharedCounters: 'What devices of the pool take from together; at most 8.',
  },
  'resource/v1.ResourcePool': {
    '': 'A pool of devices, which can have several slices.',
    name: 'Name of the pool, unique for the driver; often that of the node.',
    generation: 'Grows when the pool changes; slices with a lower number no longer count.',
    resourceSliceCount: 'Number of slices the pool has in this generation, 1 or more.',
  },
  'resource/v1.Device': {
    '': 'One device of a pool.',
    name: 'Name of the device, a DNS label, unique in the pool.',
    attributes: 'What the device is like, by name; at most 32 with capacity.',
    capacity: 'How much the device has of something, by name; at most 32 with attributes.',
    consumesCounters: 'What the device takes from counters it shares with others; at most 2.',
    nodeName: 'Node that has the device. Only with perDeviceNodeSelection.',
    nodeSelector: 'Nodes that can reach the device; one term. Only with perDeviceNodeSelection.',
    allNodes: 'Whether all nodes can reach the device. Only with perDeviceNodeSelection.',
    taints: 'Keeps claims away that do not tolerate them; at most 16.',
    bindsToNode: 'Whether the claim is tied to the node once the device is taken. Default false.',
    bindingConditions,
    bindingFailureConditions,
    allowMultipleAllocations: 'Whether several claims can share the device. Default false.',
    nodeAllocatableResourceMappings: 'What the device takes from ordinary resources of the node, by resource.',
  },
  'resource/v1.NodeAllocatableResourceMapping': {
    '': 'How much of an ordinary resource of the node a device takes.',
    capacityKey: 'Capacity of the device whose taken amount counts.',
    allocationMultiplier:
      'Number by which the taken amount of capacityKey, or otherwise the count of devices, is multiplied. Default 1.',
  },
  'resource/v1.DeviceAttribute': {
    '': 'One thing a device is like. Exactly one field is set.',
    int: 'A whole number of 64 bits.',
    bool: 'True or false, as a boolean.',
    string: 'A text of at most 64 characters.',
    version: 'A version as of semver.org, of at most 64 characters.',
    ints: 'Several whole numbers, without order.',
    bools: 'Several booleans, without order.',
    strings: 'Several texts of at most 64 characters, without order.',
    versions: 'Several versions of at most 64 characters, without order.',
  },
  'resource/v1.DeviceCapacity': {
    '': 'How much a device has of something.',
    value: 'The amount that it has.',
    requestPolicy: 'Which parts of it can be asked for. Only with allowMultipleAllocations.',
  },
  'resource/v1.CapacityRequestPolicy': {
    '': 'Which parts of a capacity can be asked for. At most one of validValues and validRange is set.',
    default: 'Amount that is taken for claims that name none.',
    validValues: 'Amounts that can be taken, in rising order, at most 10; requests are rounded up to one.',
    validRange: 'Range of amounts that can be taken; requests are rounded up to a step.',
  },
  'resource/v1.CapacityRequestPolicyRange': {
    '': 'A range of amounts.',
    min: 'The least that is taken.',
    max: 'The most that can be taken. Default: the whole capacity.',
    step: 'Amounts are min plus a multiple of this. Default: any amount.',
  },
  'resource/v1.CounterSet': {
    '': 'Counters that devices of a pool take from together.',
    name: 'Name of the set, a DNS label, unique in the pool.',
    counters: 'The counters by name; at most 32.',
  },
  'resource/v1.Counter': { '': 'An amount of something.', value: 'How much there is, or is taken.' },
  'resource/v1.DeviceCounterConsumption': {
    '': 'What a device takes from one set of counters.',
    counterSet: 'Name of the set of counters.',
    counters: 'Amount by counter that is taken; at most 32.',
  },
  'resource/v1.DeviceTaint': {
    '': 'Keeps claims away from a device unless they tolerate it.',
    key: 'Key of the taint, as example.com/unhealthy.',
    value: 'Value of the taint. Default empty.',
    effect: 'NoSchedule: not taken any more; NoExecute: pods that use it are evicted too; None: only for people.',
    timeAdded: 'When the taint was added; tolerationSeconds are counted from then. Set by the server.',
  },
};
