/** The custom kinds that the sequences use. */
export const group = 'golden.example.com';

const text = { type: 'string' } as const;
const whole = { type: 'integer' } as const;
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
const list = (items: object, more: object = {}) => ({ type: 'array', items, ...more });

/** One of everything a structural schema can say. */
const widgetSpec = object(
  {
    size: { ...whole, minimum: 0, maximum: 100, default: 1 },
    color: { ...text, enum: ['red', 'green', 'blue'] },
    label: { ...text, minLength: 2, maxLength: 10, pattern: '^[a-z]+$' },
    ratio: { type: 'number', multipleOf: 0.5, exclusiveMinimum: true, minimum: 0 },
    flag: { type: 'boolean', default: true },
    port: { 'x-kubernetes-int-or-string': true },
    maybe: { ...text, nullable: true, default: 'given' },
    never: { ...text, default: 'given' },
    when: { ...text, format: 'date-time' },
    day: { ...text, format: 'date' },
    span: { ...text, format: 'duration' },
    mail: { ...text, format: 'email' },
    address: { ...text, format: 'ipv4' },
    id: { ...text, format: 'uuid' },
    bytes: { ...text, format: 'byte' },
    link: { ...text, format: 'uri' },
    small: { ...whole, format: 'int32' },
    atoms: list(text, { 'x-kubernetes-list-type': 'atomic', maxItems: 3, minItems: 1 }),
    set: list(text, { 'x-kubernetes-list-type': 'set' }),
    plain: list(object({ name: text, value: whole })),
    items: list(
      object(
        { name: text, protocol: { ...text, default: 'TCP' }, value: whole, deep: object({ a: whole, b: whole }) },
        { required: ['name'] },
      ),
      { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name', 'protocol'] },
    ),
    map: { type: 'object', additionalProperties: text, maxProperties: 3 },
    atomicMap: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
    nested: object({ a: whole, b: object({ c: text, d: { ...text, default: 'dee' } }) }, { default: {} }),
    free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    either: { oneOf: [{ required: ['x'] }, { required: ['y'] }], ...object({ x: whole, y: whole }) },
    fixed: { ...text, 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed is immutable' }] },
    low: whole,
    high: whole,
  },
  {
    required: ['color'],
    'x-kubernetes-validations': [
      {
        rule: '!has(self.low) || !has(self.high) || self.low <= self.high',
        message: 'low must not be above high',
        fieldPath: '.low',
        reason: 'FieldValueForbidden',
      },
      { rule: '!has(self.label) || self.label != "bad"', messageExpression: '"label is " + self.label' },
      { rule: 'self.size != 13' },
    ],
  },
);

const scale = {
  specReplicasPath: '.spec.size',
  statusReplicasPath: '.status.size',
  labelSelectorPath: '.status.selector',
};

function definition(names: { plural: string; kind: string }, scope: string, versions: readonly object[]): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${names.plural}.${group}` },
    spec: {
      group,
      scope,
      names: { ...names, shortNames: [names.plural.slice(0, 3)], categories: ['golden'] },
      versions,
    },
  };
}

/** `widgets`, namespaced: lists and maps of every type, defaults, formats, rules, status, scale, columns, fields to select by. */
export const widgets: object = definition({ plural: 'widgets', kind: 'Widget' }, 'Namespaced', [
  {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: object({
        spec: widgetSpec,
        status: object({
          size: whole,
          phase: text,
          selector: text,
          conditions: list(object({ type: text, status: text }, { required: ['type'] }), {
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-list-map-keys': ['type'],
          }),
        }),
      }),
    },
    subresources: { status: {}, scale },
    selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.size' }],
    additionalPrinterColumns: [
      { name: 'Color', type: 'string', jsonPath: '.spec.color', description: 'Its color' },
      { name: 'Size', type: 'integer', jsonPath: '.spec.size', format: 'int32' },
      { name: 'First', type: 'string', jsonPath: '.spec.items[0].name', priority: 1 },
      { name: 'All', type: 'string', jsonPath: '.spec.items[*].name' },
      { name: 'Set', type: 'string', jsonPath: '.spec.set' },
      { name: 'Flag', type: 'boolean', jsonPath: '.spec.flag' },
      { name: 'When', type: 'date', jsonPath: '.spec.when' },
    ],
  },
]);

/** `gauges`, of the whole cluster, in two versions of one form, the older one deprecated; nothing is known of their fields. */
export const gauges: object = definition({ plural: 'gauges', kind: 'Gauge' }, 'Cluster', [
  {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
  },
  {
    name: 'v1beta1',
    served: true,
    storage: false,
    deprecated: true,
    schema: { openAPIV3Schema: object({ spec: object({ a: whole, b: text }) }) },
  },
]);

/** A small definition that a sequence changes and deletes. */
export function gadgets(
  more: { readonly spec?: object; readonly version?: object; readonly schema?: object } = {},
): Record<string, unknown> {
  const schema = { openAPIV3Schema: more.schema ?? object({ spec: object({ a: whole }) }) };
  const made = definition({ plural: 'gadgets', kind: 'Gadget' }, 'Namespaced', [
    { name: 'v1', served: true, storage: true, schema, ...more.version },
  ]);
  const { spec, ...rest } = made as { spec: object };
  return { ...rest, spec: { ...spec, ...more.spec } };
}
