import type { AdmissionPlugin } from '../../../kernel/ports/admission.ts';
import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { Service } from '../../../kernel/schema/standard/types.ts';

/** Tells writers what a site does not do for a Service, when it is asked for. */
export const serviceWarning: AdmissionPlugin = {
  name: 'ServiceWarning',
  handles: ({ definition, operation, subresource }) =>
    definition.kind === 'Service' && definition.group === '' && operation !== 'delete' && subresource === '',
  validate: async (object, { warn }) => {
    for (const text of warningsFor(object)) warn(text);
  },
};

function warningsFor(object: KubeObject | undefined): readonly string[] {
  const service: Service | undefined = object;
  const { type, ports = [], sessionAffinity } = service?.spec ?? {};
  const warnings: string[] = [];
  if (type === 'NodePort' || type === 'LoadBalancer') {
    warnings.push(`spec.type: ${type} is served on the Service's own address only; no node port is opened`);
  }
  ports.forEach(({ protocol }, index) => {
    if (protocol === 'UDP' || protocol === 'SCTP') {
      warnings.push(`spec.ports[${index}].protocol: ${protocol} is not proxied; only TCP is`);
    }
  });
  if (sessionAffinity === 'ClientIP') warnings.push('spec.sessionAffinity: ClientIP is not supported; None is used');
  return warnings;
}
