import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes } from '../../ports/admission.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { limitRanger } from './plugin.ts';

const source = new AbortController();

function attributesOf(plural: string): AdmissionAttributes {
  return {
    operation: 'create',
    definition: { group: '', kind: plural, plural } as KindDefinition,
    namespace: 'a',
    name: 'p',
    subresource: '',
    user: { name: 'ann', groups: [] },
    dryRun: false,
    old: undefined,
    warn: () => undefined,
  };
}

function rangerOf(...limits: readonly object[]) {
  const metadata = { name: 'r', namespace: 'a', uid: '2', resourceVersion: '1', creationTimestamp: '' };
  const range = { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } };
  return limitRanger({ list: (resource) => (resource === 'limitranges' ? [range] : []) });
}

function pod(resources: object, init: readonly object[] = []): Record<string, unknown> & KubeObject {
  const metadata = { name: 'p', namespace: 'a', uid: '1', resourceVersion: '1', creationTimestamp: '' };
  const spec = { containers: [{ name: 'main', image: 'i', resources }], initContainers: init };
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec };
}

// Kubernetes: plugin/pkg/admission/limitranger.
const cases: readonly (readonly [title: string, limit: object, object: KubeObject, refusal: string | undefined])[] = [
  [
    'a minimum needs a request',
    { type: 'Container', min: { cpu: '100m' } },
    pod({}),
    'minimum cpu usage per Container is 100m.  No request is specified',
  ],
  [
    'a request below the minimum',
    { type: 'Container', min: { memory: '50Mi' } },
    pod({ requests: { memory: '10Mi' } }),
    'minimum memory usage per Container is 50Mi, but request is 10Mi',
  ],
  [
    'a maximum needs a limit',
    { type: 'Container', max: { cpu: '1' } },
    pod({ requests: { cpu: '1' } }),
    'maximum cpu usage per Container is 1.  No limit is specified',
  ],
  [
    'a limit above the maximum',
    { type: 'Container', max: { cpu: '1' } },
    pod({ limits: { cpu: '1500m' } }),
    'maximum cpu usage per Container is 1, but limit is 1500m',
  ],
  [
    'two problems are told together',
    { type: 'Container', max: { cpu: '1', memory: '1Gi' } },
    pod({ limits: { cpu: '2', memory: '2Gi' } }),
    '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
  ],
  [
    'a limit too far above the request',
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    pod({ requests: { cpu: '100m' }, limits: { cpu: '300m' } }),
    'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  ],
  [
    'a pod is the larger of its containers and the largest init container',
    { type: 'Pod', max: { cpu: '1' } },
    pod({ limits: { cpu: '500m' } }, [{ name: 'first', resources: { limits: { cpu: '1200m' } } }]),
    'maximum cpu usage per Pod is 1, but limit is 1200m',
  ],
  [
    'init containers that go on running add up',
    { type: 'Pod', max: { cpu: '1' } },
    pod({ limits: { cpu: '500m' } }, [{ name: 's', restartPolicy: 'Always', resources: { limits: { cpu: '600m' } } }]),
    'maximum cpu usage per Pod is 1, but limit is 1100m',
  ],
  ['within bounds', { type: 'Container', max: { cpu: '1' } }, pod({ limits: { cpu: '1' } }), undefined],
];

for (const [title, limit, object, refusal] of cases) {
  test(`limitRanger(): ${title}`, async () => {
    const decision = rangerOf(limit).validate?.(object, attributesOf('pods'), source) ?? Promise.resolve();
    if (refusal === undefined) await decision;
    else await assert.rejects(decision, { reason: 'Forbidden', message: `pods "p" is forbidden: ${refusal}` });
  });
}

test('limitRanger() bounds claims', async () => {
  const ranger = rangerOf({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
  const claim = (storage: string) => ({ ...pod({}), spec: { resources: { requests: { storage } } } });
  const check = async (storage: string) =>
    ranger.validate?.(claim(storage), attributesOf('persistentvolumeclaims'), source);
  await check('1Gi');
  await assert.rejects(check('3Gi'), {
    message:
      'persistentvolumeclaims "p" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  });
  await assert.rejects(check('1Mi'), /minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi/);
});

test('limitRanger() fills in what containers leave out and says so', async () => {
  const ranger = rangerOf({ type: 'Container', default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '500m' } });
  const draft = pod({ limits: { cpu: '2' } });
  await ranger.mutate?.(draft, attributesOf('pods'), source);
  assert.deepEqual((draft['spec'] as { containers: readonly object[] }).containers, [
    { name: 'main', image: 'i', resources: { requests: { cpu: '500m' }, limits: { cpu: '2', memory: '1Gi' } } },
  ]);
  assert.deepEqual(draft.metadata.annotations, {
    'kubernetes.io/limit-ranger':
      'LimitRanger plugin set: cpu request for container main; memory limit for container main',
  });
});
