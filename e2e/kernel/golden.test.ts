import { test } from 'node:test';
import { compareWithHub } from './golden/against-hub.ts';
import { customRecordings, standardRecordings } from './golden/compare.ts';
import { compareOpenapiWithHub } from './golden/openapi/against-hub.ts';

/** `golden/*.txt`: what the custom resource server of Kubernetes 1.36 answered; `known.txt`: where we differ, and may. */
test('planform kernel answers as the custom resource server of Kubernetes 1.36 did', { timeout: 120_000 }, (t) =>
  compareWithHub(t, customRecordings),
);

/** `golden/standard/*.txt`: what kube-apiserver 1.36 answered about its own kinds. */
test('planform kernel answers as kube-apiserver 1.36 did', { timeout: 120_000 }, (t) =>
  compareWithHub(t, standardRecordings),
);

/** `golden/openapi/kubernetes.txt`: what the OpenAPI documents of Kubernetes 1.36 say; `known.txt` there: what ours do not. */
test('OpenAPI of planform kernel says what that of Kubernetes 1.36 does', { timeout: 60_000 }, compareOpenapiWithHub);
