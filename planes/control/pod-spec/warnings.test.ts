import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Container, PodSpec } from '../../../kernel/schema/standard/types.ts';
import { podWarnings, templateWarnings } from './warnings.ts';

const main: Container = { name: 'main', image: 'busybox:1.37' };

function warningsOf(spec: Partial<PodSpec>, annotations: Readonly<Record<string, string>> = {}): readonly string[] {
  const metadata = { name: 'a', annotations } as Parameters<typeof podWarnings>[0]['metadata'];
  return podWarnings({ apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [main], ...spec } });
}

// Kubernetes: pkg/api/pod/warnings.go, warningsForPodSpecAndMeta.
test('podWarnings() tells of what is allowed and hardly meant', () => {
  const container = (more: Partial<Container>) => ({ containers: [{ ...main, ...more }] });
  const port = { containerPort: 80, protocol: 'TCP' } as const;
  const cases: readonly (readonly [Partial<PodSpec>, readonly string[]])[] = [
    [{}, []],
    [
      { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
      ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
    ],
    [
      { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'a', whenUnsatisfiable: 'DoNotSchedule' }] },
      ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
    ],
    [{ imagePullSecrets: [{}] }, ['spec.imagePullSecrets[0].name: invalid empty name ""']],
    [{ imagePullSecrets: [{ name: 'a' }, { name: 'a' }] }, ['spec.imagePullSecrets[1].name: duplicate name "a"']],
    [{ hostAliases: [{ ip: '10.0.0.1' }, { ip: '10.0.0.1' }] }, ['spec.hostAliases[1].ip: duplicate ip "10.0.0.1"']],
    [
      { terminationGracePeriodSeconds: -1 },
      ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
    ],
    [
      container({ resources: { limits: { memory: '1500m' } } }),
      ['spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer'],
    ],
    [
      container({
        env: [
          { name: 'A', value: 'a' },
          { name: 'A', value: '$(A)b' },
          { name: 'A', value: 'c' },
        ],
      }),
      ['spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'],
    ],
    [
      container({ ports: [{ ...port, hostIP: 'x' }] }),
      [
        'spec.containers[0].ports[0]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:x}',
      ],
    ],
    [
      container({ ports: [port, port] }),
      ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
    ],
    [
      container({ ports: [port, { ...port, hostPort: 8080 }] }),
      ['spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]'],
    ],
    [{ volumes: [{ name: 'v', projected: { sources: [{}] } }] }, ['volume "v" (Projected) has no sources provided']],
    [
      {
        volumes: [
          {
            name: 'v',
            configMap: {
              name: 'c',
              items: [
                { key: 'a', path: 'a' },
                { key: 'b', path: 'a/b' },
              ],
            },
          },
        ],
      },
      ['volume "v" (ConfigMap "c"): overlapping paths: "a/b" with "a"'],
    ],
  ];
  for (const [spec, want] of cases) assert.deepEqual(warningsOf(spec), want, JSON.stringify(spec));
});

test('podWarnings() tells of annotations that do nothing any more', () => {
  assert.deepEqual(warningsOf({}, { 'seccomp.security.alpha.kubernetes.io/pod': 'a' }), [
    'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
  ]);
});

test('templateWarnings() says where the template is', () => {
  const template = { spec: { containers: [main], imagePullSecrets: [{}] } };
  assert.deepEqual(templateWarnings(template, 'spec.template'), [
    'spec.template.spec.imagePullSecrets[0].name: invalid empty name ""',
  ]);
});
