import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatFieldError } from '../../../kernel/meta/errors.ts';
import type { Pod, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { keepOutside, validateSubresource } from './object-subresources.ts';

const spec: PodSpec = {
  nodeName: 'node-1',
  containers: [{ name: 'main', image: 'a', resources: { requests: { cpu: '1' } } }],
};
const metadata = { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' };
const old: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, labels: { a: 'b' } }, spec };

test('keepOutside() leaves only what the subresource is about', () => {
  const wanted = {
    metadata: { name: 'p', labels: { a: 'changed' }, managedFields: [] },
    spec: {
      nodeName: 'other',
      containers: [{ name: 'main', image: 'b', resources: { requests: { cpu: '2' } } }],
      ephemeralContainers: [{ name: 'debug', image: 'c' }],
    },
  };
  const resized = structuredClone(wanted);
  keepOutside(resized, old, 'resize');
  assert.deepEqual(resized, {
    metadata: { ...metadata, labels: { a: 'b' }, managedFields: [] },
    spec: { ...spec, containers: [{ name: 'main', image: 'a', resources: { requests: { cpu: '2' } } }] },
  });
  const debugged = structuredClone(wanted);
  keepOutside(debugged, old, 'ephemeralcontainers');
  assert.deepEqual(debugged.spec, { ...spec, ephemeralContainers: [{ name: 'debug', image: 'c' }] });
  const updated = structuredClone(wanted);
  keepOutside(updated, old, '');
  assert.deepEqual(updated, wanted);
});

const problems = (next: object, subresource: string, before: PodSpec = spec) =>
  validateSubresource({ ...spec, ...next }, before, subresource).map(formatFieldError);

// Kubernetes: ValidatePodResize.
test('a resize changes cpu and memory and not the quality of service', () => {
  const sized = (resources: object) => ({ containers: [{ name: 'main', image: 'a', resources }] });
  assert.deepEqual(problems(sized({ requests: { cpu: '2' } }), 'resize'), []);
  assert.deepEqual(problems(sized({}), 'resize'), [
    'spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
  ]);
  assert.deepEqual(problems(sized({ requests: { cpu: '1', 'example.com/gpu': '1' } }), 'resize'), [
    'spec: Forbidden: only cpu and memory resources are mutable',
  ]);
});

// Kubernetes: ValidatePodEphemeralContainersUpdate.
test('containers for debugging are only added, without ports, probes and resources', () => {
  const debug = { name: 'debug', image: 'c' };
  const before = { ...spec, ephemeralContainers: [debug] };
  const with_ = (...ephemeralContainers: object[]) => ({ ephemeralContainers });
  assert.deepEqual(problems(with_(debug, { name: 'more', image: 'd' }), 'ephemeralcontainers', before), []);
  assert.match(problems(with_(), 'ephemeralcontainers', before).join(), /"debug" may not be removed/);
  assert.match(problems(with_({ ...debug, image: 'd' }), 'ephemeralcontainers', before).join(), /may not be changed/);
  assert.match(
    problems(with_({ name: 'main', image: 'c' }), 'ephemeralcontainers').join(),
    /name: Duplicate value: "main"/,
  );
  assert.match(
    problems(with_({ ...debug, ports: [{ containerPort: 1 }] }), 'ephemeralcontainers').join(),
    /ports: Forbidden: cannot be set for an Ephemeral Container/,
  );
  assert.match(
    problems(with_({ ...debug, targetContainerName: 'x' }), 'ephemeralcontainers').join(),
    /targetContainerName: Not found: "x"/,
  );
});
