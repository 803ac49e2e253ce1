import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { kernelKinds } from '../../kernel/kinds/index.ts';
import { InvalidError, formatFieldError } from '../../kernel/meta/errors.ts';
import type { Json, JsonObject } from '../../kernel/meta/object.ts';
import type { DecodedBody } from '../../kernel/ports/resources.ts';
import { openWorld, type World } from '../../kernel/registry/testing/world.ts';
import type { KindDefinition } from '../../kernel/schema/kind.ts';
import { applyMergePatch } from '../../kernel/schema/patch/merge-patch.ts';
import { bareKernelKinds } from './kinds.ts';

const root = join(import.meta.dirname, '../..');
const kinds = [...kernelKinds, ...bareKernelKinds].filter(({ storedAs }) => storedAs === undefined);

async function openKinds(): Promise<World> {
  const world = await openWorld();
  for (const kind of kinds) world.registry.catalog.add(kind);
  return world;
}

function kindNamed(name: string): KindDefinition {
  const found = kinds.find(({ kind }) => kind === name);
  assert.ok(found, name);
  return found;
}

/** The example of a kind, changed by a merge patch. */
function exampleOf({ singular }: KindDefinition, patch: object): JsonObject {
  const paths = ['planes/control', 'kernel/kinds'].map((folder) => join(root, folder, singular, 'example.yaml'));
  const path = paths.find((candidate) => existsSync(candidate)) ?? '';
  return applyMergePatch(parse(readFileSync(path, 'utf8')) as JsonObject, patch as Json) as JsonObject;
}

const bodyOf = (value: JsonObject): DecodedBody => ({ value, duplicateFields: [] });

/** What is said of a write, one text per field. */
async function refusalOf(write: Promise<unknown>): Promise<readonly string[]> {
  try {
    await write;
  } catch (error) {
    if (error instanceof InvalidError) return error.errors.map(formatFieldError);
    throw error;
  }
  return [];
}

/** Kind, change of its example, and what is said: texts and paths are those of kube-apiserver. */
type Refusal = readonly [kind: string, patch: object, says: string];

const selector = { matchLabels: { app: 'other' } };
const always = { template: { spec: { restartPolicy: 'Always' } } };
const metric = (resource: object) => ({ spec: { metrics: [{ type: 'Resource', resource }] } });
const path = (change: object) => ({ spec: { rules: [{ http: { paths: [change] } }] } });
const backend = { service: { name: 'web', port: { number: 80 } } };
const webhook = (change: object) => {
  const good = {
    name: 'a.b.c',
    clientConfig: { url: 'https://a/b' },
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  };
  return { webhooks: [{ ...good, ...change }] };
};

const refusals: readonly Refusal[] = [
  ['DaemonSet', { spec: { selector: null } }, '`selector` does not match template `labels`'],
  [
    'DaemonSet',
    { spec: { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } } },
    'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  ],
  [
    'DaemonSet',
    { spec: { template: { spec: { activeDeadlineSeconds: 5 } } } },
    'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in DaemonSet is not Supported',
  ],
  ['StatefulSet', { spec: { selector } }, '`selector` does not match template `labels`'],
  [
    'StatefulSet',
    { spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: { partition: 1 } } } },
    "only allowed for updateStrategy 'RollingUpdate'",
  ],
  [
    'ReplicationController',
    { spec: { replicas: -1 } },
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ],
  ['ControllerRevision', { data: null }, 'data: Required value: data is mandatory'],
  ['Job', { spec: always }, 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
  [
    'Job',
    { spec: { completionMode: 'Indexed', completions: null, parallelism: 1 } },
    'spec.completions: Required value: when completion mode is Indexed',
  ],
  ['Job', { spec: { selector } }, 'spec.selector: Invalid value'],
  ['CronJob', { spec: { schedule: '* *' } }, 'expected exactly 5 fields, found 2: [* *]'],
  [
    'CronJob',
    { spec: { schedule: 'TZ=UTC * * * * *' } },
    'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  ],
  [
    'CronJob',
    { spec: { timeZone: 'Mars/Base' } },
    'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
  ],
  ['CronJob', { metadata: { name: 'n'.repeat(53) } }, 'must be no more than 52 characters'],
  [
    'CronJob',
    { spec: { jobTemplate: { spec: always } } },
    'spec.jobTemplate.spec.template.spec.restartPolicy: Required value',
  ],
  ['HorizontalPodAutoscaler', { spec: { minReplicas: 20 } }, 'must be greater than or equal to `minReplicas`'],
  [
    'HorizontalPodAutoscaler',
    metric({ name: 'cpu', target: { type: 'Utilization' } }),
    'must set either a target raw value or a target utilization',
  ],
  ['PodDisruptionBudget', { spec: { minAvailable: 1 } }, 'minAvailable and maxUnavailable cannot be both set'],
  ['PodDisruptionBudget', { spec: { maxUnavailable: '101%' } }, 'must not be greater than 100%'],
  ['Ingress', { spec: { rules: null } }, 'either `defaultBackend` or `rules` must be specified'],
  ['Ingress', path({ path: 'a', pathType: 'Prefix', backend }), 'must be an absolute path'],
  [
    'Ingress',
    path({ path: '/', pathType: 'Exact', backend: { service: { name: 'web' } } }),
    'port name or number is required',
  ],
  ['Ingress', { spec: { rules: [{ host: '1.2.3.4' }] } }, 'must be a DNS name, not an IP address'],
  ['IngressClass', { spec: { controller: 'nope' } }, 'must be a domain-prefixed path (such as "acme.io/foo")'],
  [
    'IngressClass',
    { spec: { parameters: { scope: 'Namespace' } } },
    "spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'",
  ],
  [
    'NetworkPolicy',
    { spec: { ingress: [{ from: [{}] }] } },
    'spec.ingress[0].from[0]: Required value: must specify a peer',
  ],
  [
    'NetworkPolicy',
    { spec: { egress: [{ to: [{ ipBlock: { cidr: '10.0.0' } }] }] } },
    'spec.egress[0].to[0].ipBlock.cidr: Invalid value: "10.0.0": must be a valid CIDR value',
  ],
  ['ServiceCIDR', { spec: { cidrs: ['10.0.0.1/16'] } }, 'must not have bits set beyond the prefix length'],
  ['IPAddress', { metadata: { name: '2001:db8::0' } }, 'must be in canonical form ("2001:db8::")'],
  ['PriorityClass', { value: 1_000_000_001 }, 'maximum allowed value of a user defined priority is 1000000000'],
  ['PriorityClass', { metadata: { name: 'system-x' } }, 'system-x is not a known system priority class'],
  ['RuntimeClass', { handler: 'A b' }, 'a lowercase RFC 1123 label must consist of'],
  ['PersistentVolume', { spec: { local: null } }, 'spec: Required value: must specify a volume type'],
  ['PersistentVolume', { spec: { hostPath: { path: '/a' } } }, 'may not specify more than 1 volume type'],
  ['PersistentVolumeClaim', { spec: { accessModes: null } }, 'at least 1 access mode is required'],
  ['PersistentVolumeClaim', { spec: { resources: null } }, 'spec.resources[storage]: Required value'],
  ['VolumeAttachment', { spec: { source: { persistentVolumeName: null } } }, 'must specify exactly one of'],
  ['CSIDriver', { spec: { volumeLifecycleModes: ['Always'] } }, 'supported values: "Persistent", "Ephemeral"'],
  ['CSINode', { spec: { drivers: [{ name: 'a', nodeID: '' }] } }, 'spec.drivers[0].nodeID: Required value'],
  ['VolumeAttributesClass', { parameters: null }, 'parameters: Required value'],
  ['ResourceQuota', { spec: { hard: { pods: '1.5' } } }, 'spec.hard[pods]: Invalid value: "1500m": must be an integer'],
  ['ResourceQuota', { spec: { hard: { nonsense: '1' } } }, 'must be a standard resource for quota'],
  [
    'LimitRange',
    { spec: { limits: [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '1' } }] } },
    'min value 2 is greater than max value 1',
  ],
  [
    'ValidatingWebhookConfiguration',
    webhook({ name: 'a.b' }),
    'should be a domain with at least three segments separated by dots',
  ],
  ['ValidatingWebhookConfiguration', webhook({ clientConfig: {} }), 'exactly one of url or service is required'],
  [
    'ValidatingWebhookConfiguration',
    webhook({ clientConfig: { url: 'http://a' } }),
    "'https' is the only allowed URL scheme",
  ],
  [
    'MutatingWebhookConfiguration',
    webhook({ timeoutSeconds: 31 }),
    'the timeout value must be between 1 and 30 seconds',
  ],
  ['MutatingWebhookConfiguration', webhook({ sideEffects: 'Some' }), 'supported values: "None", "NoneOnDryRun"'],
  [
    'ValidatingAdmissionPolicy',
    { spec: { validations: null } },
    'validations or auditAnnotations must contain at least one item',
  ],
  ['ValidatingAdmissionPolicy', { spec: { matchConstraints: null } }, 'spec.matchConstraints: Required value'],
  [
    'ValidatingAdmissionPolicyBinding',
    { spec: { validationActions: ['Deny', 'Warn'] } },
    'must not contain both Deny and Warn',
  ],
  ['MutatingAdmissionPolicy', { spec: { mutations: null } }, 'mutations must contain at least one item'],
  ['FlowSchema', { spec: { matchingPrecedence: 1 } }, "only the schema named 'exempt' may have matchingPrecedence 1"],
  ['FlowSchema', { metadata: { name: 'catch-all' } }, "spec of 'catch-all' must equal the fixed value"],
  ['PriorityLevelConfiguration', { spec: { limited: null } }, 'must not be empty when type is Limited'],
  [
    'ResourceClaim',
    { spec: { devices: { requests: [{ name: 'a' }] } } },
    'exactly one of `exactly` or `firstAvailable` is required',
  ],
  ['ResourceSlice', { spec: { allNodes: true } }, 'exactly one of `nodeName`, `nodeSelector`, `allNodes`'],
  ['Service', { spec: { ports: [{ port: 80, nodePort: 30_000 }] } }, "may not be used when `type` is 'ClusterIP'"],
];

test('kinds refuse what breaks their rules, in the words of kube-apiserver', async (t) => {
  const world = await openKinds();
  for (const [name, patch, says] of refusals) {
    await t.test(`${name}: ${says}`, async () => {
      const kind = kindNamed(name);
      const target = { ...world.at('', '', kind), version: kind.storageVersion };
      const write = world.registry.resources.create(world.context(), target, bodyOf(exampleOf(kind, patch)), {});
      const texts = await refusalOf(write);
      assert.ok(
        texts.some((text) => text.includes(says)),
        `"${says}" in [${texts.join('; ')}]`,
      );
    });
  }
});

const fixed = 'field is immutable';

/** Kind, merge patch of the stored example, and what is said; nothing when the change is fine. */
const changes: readonly (readonly [kind: string, patch: object, says: string | undefined])[] = [
  [
    'DaemonSet',
    { spec: { selector, template: { metadata: { labels: { app: 'other' } } } } },
    `spec.selector: Invalid value`,
  ],
  ['DaemonSet', { spec: { minReadySeconds: 5 } }, undefined],
  ['StatefulSet', { spec: { serviceName: 'other' } }, 'updates to statefulset spec for fields other than'],
  ['StatefulSet', { spec: { replicas: 5 } }, undefined],
  ['ControllerRevision', { data: { a: 1 } }, fixed],
  ['Job', { spec: { completions: 5 } }, `spec.completions: Invalid value: 5: ${fixed}`],
  ['Job', { spec: { template: { spec: { containers: [{ name: 'x', image: 'y' }] } } } }, fixed],
  ['Job', { spec: { parallelism: 5 } }, undefined],
  ['Job', { spec: { selector: null, template: { metadata: null } } }, undefined],
  ['IngressClass', { spec: { controller: 'a.io/b' } }, `spec.controller: Invalid value: "a.io/b": ${fixed}`],
  ['ServiceCIDR', { spec: { cidrs: ['10.0.0.0/8'] } }, fixed],
  ['IPAddress', { spec: { parentRef: { name: 'b' } } }, fixed],
  ['PriorityClass', { value: 5 }, 'value: Forbidden: may not be changed in an update.'],
  ['RuntimeClass', { handler: 'other' }, fixed],
  ['PersistentVolume', { spec: { local: { path: '/b' } } }, 'spec.persistentvolumesource is immutable after creation'],
  [
    'PersistentVolumeClaim',
    { spec: { resources: { requests: { storage: '2Gi' } } } },
    'spec is immutable after creation except',
  ],
  ['PersistentVolumeClaim', { spec: { volumeName: 'disk-1' } }, undefined],
  ['StorageClass', { provisioner: 'a/b' }, 'provisioner: Invalid value: "a/b": field is immutable'],
  ['StorageClass', { volumeBindingMode: 'Immediate' }, fixed],
  ['VolumeAttachment', { spec: { nodeName: 'b' } }, `spec: Invalid value`],
  ['CSIDriver', { spec: { attachRequired: false } }, `spec.attachedRequired: Invalid value: false: ${fixed}`],
  ['CSIStorageCapacity', { storageClassName: 'other' }, fixed],
  ['VolumeAttributesClass', { parameters: { a: 'b' } }, 'updates to parameters are forbidden.'],
  ['ResourceQuota', { spec: { scopes: ['BestEffort'] } }, `spec.scopes: Invalid value`],
  ['ResourceClaim', { spec: { devices: null } }, fixed],
  ['ResourceClaimTemplate', { spec: { spec: { devices: null } } }, fixed],
  ['ResourceSlice', { spec: { driver: 'other.example.com' } }, fixed],
];

test('what is fixed stays fixed, and nothing else', async (t) => {
  for (const [name, body, says] of changes) {
    await t.test(`${name}: ${JSON.stringify(body)}`, async () => {
      const world = await openKinds();
      const kind = kindNamed(name);
      const { resources } = world.registry;
      const at = (object: string) => ({ ...world.at(object, '', kind), version: kind.storageVersion });
      const { object } = await resources.create(world.context(), at(''), bodyOf(exampleOf(kind, {})), {});
      const target = at(object.parsed().metadata.name);
      const texts = await refusalOf(resources.patch(world.context(), target, { type: 'merge', body }, {}));
      if (says === undefined) assert.deepEqual(texts, []);
      else
        assert.ok(
          texts.some((text) => text.includes(says)),
          `"${says}" in [${texts.join('; ')}]`,
        );
    });
  }
});

// Kubernetes: DefaultGarbageCollectionPolicy of batch/v1 Jobs and ReplicationControllers is OrphanDependents.
test('Jobs and ReplicationControllers leave their pods behind unless told otherwise', async () => {
  const world = await openKinds();
  const { resources } = world.registry;
  for (const name of ['Job', 'ReplicationController', 'ReplicaSet']) {
    const kind = kindNamed(name);
    const { object } = await resources.create(world.context(), world.at('', '', kind), bodyOf(exampleOf(kind, {})), {});
    const target = world.at(object.parsed().metadata.name, '', kind);
    const { deleted = false, object: left } = await resources.delete(world.context(), target, {});
    const isOrphaning = left.parsed().metadata.finalizers?.includes('orphan') === true;
    assert.deepEqual([deleted, isOrphaning], name === 'ReplicaSet' ? [true, false] : [false, true], name);
  }
  assert.equal(world.warnings.length, 1);
  assert.match(world.warnings[0] ?? '', /^child pods are preserved by default when jobs are deleted/);
  const kind = kindNamed('Job');
  const target = world.at('migrate', '', kind);
  const { deleted } = await resources.delete(world.context(), target, { propagationPolicy: 'Background' });
  assert.equal(deleted, true);
});
