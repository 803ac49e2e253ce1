import type { KindDefinition } from './kind.ts';
import type { ObjectSchema, Schema } from './schema.ts';

/** Package names of what every kind uses (as kube-apiserver publishes them). */
export const metaPackage = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/**
 * The name under which OpenAPI shares the schema of a kind: upstream's for standard kinds
 * (`io.k8s.api.apps.v1.Deployment`), otherwise the reversed group, version and kind
 * (`dev.planform.management.v1alpha1.Site`), as for custom resources.
 */
export function kindSchemaName(definition: KindDefinition, version: string): string {
  const schema = definition.versions.find(({ name }) => name === version)?.schema;
  if (schema?.definition !== undefined) return schema.definition;
  return [...definition.group.split('.').toReversed(), version, definition.kind].join('.');
}

/** A named schema that stands for a text or number format. */
export interface SharedScalar {
  readonly name: string;
  readonly body: Readonly<Record<string, unknown>>;
}

const time: SharedScalar = { name: `${metaPackage}.Time`, body: { type: 'string', format: 'date-time' } };
const microTime: SharedScalar = { name: `${metaPackage}.MicroTime`, body: { type: 'string', format: 'date-time' } };
const quantity: SharedScalar = { name: 'io.k8s.apimachinery.pkg.api.resource.Quantity', body: { type: 'string' } };
const intOrString: SharedScalar = {
  name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  body: { type: 'string', format: 'int-or-string' },
};
const rawExtension: SharedScalar = { name: 'io.k8s.apimachinery.pkg.runtime.RawExtension', body: { type: 'object' } };
const fieldsV1: SharedScalar = { name: `${metaPackage}.FieldsV1`, body: { type: 'object' } };

/** The shared schema upstream uses for a field of a standard kind; `undefined` where the field says everything itself. */
export function sharedScalar(schema: Schema): SharedScalar | undefined {
  switch (schema.type) {
    case 'string':
      if (schema.format === 'quantity') return quantity;
      if (schema.format === 'date-time') return time;
      return schema.format === 'micro-time' ? microTime : undefined;
    case 'int-or-string':
      return schema.pattern === undefined ? intOrString : undefined;
    case 'any':
      return schema.definition === undefined ? undefined : { name: schema.definition, body: {} };
    case 'object':
      return sharedObject(schema);
    default:
      return undefined;
  }
}

function sharedObject(schema: ObjectSchema): SharedScalar | undefined {
  if (schema.wire === 'RawExtension') return rawExtension;
  return schema.wire === 'FieldsV1' ? fieldsV1 : undefined;
}
