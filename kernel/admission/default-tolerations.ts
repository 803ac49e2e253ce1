import { isPlainObject } from '../meta/json.ts';
import type { AdmissionPlugin } from '../ports/admission.ts';

/** How long pods stay on nodes that are not ready or cannot be reached, unless they say so themselves. */
const tolerationSeconds = 300;
const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const;

/** Lets new pods and their updates stay a while on nodes in trouble (Kubernetes plugin `DefaultTolerationSeconds`). */
export const defaultTolerations: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  handles: ({ operation, definition, subresource }) =>
    operation !== 'delete' && subresource === '' && definition.group === '' && definition.plural === 'pods',
  async mutate(draft) {
    if (!isPlainObject(draft['spec'])) return;
    const spec: Record<string, unknown> = draft['spec'];
    const given: readonly unknown[] = Array.isArray(spec['tolerations']) ? spec['tolerations'] : [];
    const missing = taints.filter((key) => !given.some((toleration) => tolerates(toleration, key)));
    if (missing.length === 0) return;
    const added = missing.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds }));
    spec['tolerations'] = [...given, ...added];
  },
};

function tolerates(toleration: unknown, taint: string): boolean {
  if (!isPlainObject(toleration)) return false;
  const { key = '', effect = '' } = toleration;
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}
