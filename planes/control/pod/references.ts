import type { Container, Pod, Volume } from '../../../kernel/schema/standard/types.ts';

/** True if a container or volume of the pod uses the ConfigMap or Secret of that name. */
export function refersTo({ spec }: Pod, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  return (
    containers.some((container) => containerRefersTo(container, kind, name)) ||
    (spec?.volumes ?? []).some((volume) => volumeRefersTo(volume, kind, name))
  );
}

function containerRefersTo({ env = [], envFrom = [] }: Container, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  const inEnv = env.some(({ valueFrom }) => {
    const source = kind === 'Secret' ? valueFrom?.secretKeyRef : valueFrom?.configMapKeyRef;
    return source?.name === name;
  });
  return inEnv || envFrom.some((from) => (kind === 'Secret' ? from.secretRef : from.configMapRef)?.name === name);
}

function volumeRefersTo({ configMap, secret, projected }: Volume, kind: 'ConfigMap' | 'Secret', name: string): boolean {
  if ((kind === 'Secret' ? secret?.secretName : configMap?.name) === name) return true;
  return (projected?.sources ?? []).some(
    (source) => (kind === 'Secret' ? source.secret : source.configMap)?.name === name,
  );
}
