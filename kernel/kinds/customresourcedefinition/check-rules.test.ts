import assert from 'node:assert/strict';
import test from 'node:test';
import { formatFieldError } from '../../meta/errors.ts';
import type { CustomResourceDefinition } from '../../schema/standard/types.ts';
import { checkRules } from './check-rules.ts';
import { checkSharedParts } from './check-versions.ts';

/** Rules when a definition is written (apiextensions-apiserver `apis/apiextensions/validation`). */

const v = 'x-kubernetes-validations';

function definition(...roots: readonly object[]): CustomResourceDefinition {
  const versions = roots.map((openAPIV3Schema, index) => ({
    name: `v${index + 1}`,
    served: true,
    storage: index === 0,
    schema: { openAPIV3Schema: openAPIV3Schema },
  }));
  const names = { plural: 'things', kind: 'Thing' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'things.example.com', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { group: 'example.com', names, scope: 'Namespaced', versions },
  };
}

/** A root with one field `spec`. */
function withSpec(spec: object): object {
  return { type: 'object', properties: { spec } };
}

const at = `spec.validation.openAPIV3Schema.properties[spec].${v}[0]`;

function problems(crd: CustomResourceDefinition, old?: CustomResourceDefinition): readonly string[] {
  const forms = checkSharedParts(crd.spec.versions);
  return (forms.length > 0 ? forms : checkRules(crd, old)).map(formatFieldError);
}

const text = { type: 'string', maxLength: 10 };
const number = { type: 'integer' };

test('rules that compile and cost little are fine', () => {
  const spec = {
    type: 'object',
    properties: {
      min: number,
      max: number,
      at: { type: 'string', format: 'date-time' },
      size: { 'x-kubernetes-int-or-string': true },
      'a-b': text,
      namespace: text,
      items: { type: 'array', maxItems: 10, items: text, 'x-kubernetes-list-type': 'set' },
      template: { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { x: text } },
      labels: { type: 'object', maxProperties: 5, additionalProperties: text },
    },
  };
  for (const rule of [
    'self.min <= self.max',
    "self.at > timestamp('2020-01-01T00:00:00Z')",
    "type(self.size) == string ? self.size == '50%' : self.size < 3",
    'self.a__dash__b == self.__namespace__',
    'self.items.all(i, i.size() > 0)',
    "self.template.kind == 'Pod' && self.template.metadata.name != ''",
    "self.labels.all(k, k.startsWith('x') && self.labels[k] != '')",
    'self.min == oldSelf.min',
    "has(self.at) && quantity('1Gi').isGreaterThan(quantity('1Mi'))",
  ]) {
    const root = withSpec({ ...spec, [v]: [{ rule }] });
    assert.deepEqual(problems(definition(root)), [], rule);
  }
});

test('the form of rules is checked', () => {
  const cases: readonly (readonly [rule: object, ...expected: string[]])[] = [
    [{ rule: ' ' }, `${at}.rule: Required value: rule is not specified`],
    [{ rule: 'true', message: ' ' }, `${at}.message: Invalid value: " ": must be non-empty if specified`],
    [{ rule: 'true', message: 'a\nb' }, `${at}.message: Invalid value: "a\\nb": must not contain line breaks`],
    [
      { rule: 'true\n|| false' },
      `${at}.message: Required value: message must be specified if rule contains line breaks`,
    ],
    [
      { rule: 'true', messageExpression: ' ' },
      `${at}.messageExpression: Required value: messageExpression must be non-empty if specified`,
    ],
    [
      { rule: 'true', reason: 'Bad' },
      `${at}.reason: Unsupported value: "Bad": supported values: "FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"`,
    ],
    [{ rule: 'true', fieldPath: '.nope' }, `${at}.fieldPath: Invalid value: ".nope": must be a valid path`],
    [{ rule: 'true', fieldPath: '.a' }],
    [{ rule: 'true', fieldPath: "['a']" }],
  ];
  for (const [rule, ...expected] of cases) {
    assert.deepEqual(
      problems(definition(withSpec({ type: 'object', properties: { a: text }, [v]: [rule] }))),
      expected,
    );
  }
});

test('expressions are compiled against the schema', () => {
  const cases: readonly (readonly [rule: object, ...expected: string[]])[] = [
    [
      { rule: 'self.b < 1' },
      `${at}.rule: Invalid value: {"Rule":"self.b \\u003c 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:5: undefined field 'b'\n | self.b < 1\n | ....^`,
    ],
    [
      { rule: 'self.a < 1' },
      `${at}.rule: Invalid value: {"Rule":"self.a \\u003c 1","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: compilation failed: ERROR: <input>:1:8: found no matching overload for '_<_' applied to '(string, int)'\n | self.a < 1\n | .......^`,
    ],
    [
      { rule: 'self.a' },
      `${at}.rule: Invalid value: {"Rule":"self.a","Message":"","MessageExpression":"","Reason":null,"FieldPath":"","OptionalOldSelf":null}: cel expression must evaluate to a bool`,
    ],
    [
      { rule: 'true', messageExpression: '1' },
      `${at}.messageExpression: Invalid value: {"Rule":"true","Message":"","MessageExpression":"1","Reason":null,"FieldPath":"","OptionalOldSelf":null}: messageExpression must evaluate to a string`,
    ],
    [
      { rule: 'true', optionalOldSelf: true },
      `${at}.optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule`,
    ],
    [{ rule: 'oldSelf.hasValue() || self.a == "x"', optionalOldSelf: true }],
  ];
  for (const [rule, ...expected] of cases) {
    assert.deepEqual(
      problems(definition(withSpec({ type: 'object', properties: { a: text }, [v]: [rule] }))),
      expected,
    );
  }
});

test('oldSelf is refused where items cannot be matched', () => {
  const list = (more: object) => ({
    type: 'object',
    properties: {
      list: {
        type: 'array',
        maxItems: 5,
        items: { type: 'object', required: ['name'], properties: { name: text }, [v]: [{ rule: 'self == oldSelf' }] },
        ...more,
      },
    },
  });
  const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] };
  assert.deepEqual(problems(definition(withSpec(list(keyed)))), []);
  const path = 'spec.validation.openAPIV3Schema.properties[spec].properties[list]';
  assert.deepEqual(problems(definition(withSpec(list({})))), [
    `${path}.items.${v}[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within ${path}`,
  ]);
});

test('estimated costs are those of kube-apiserver', () => {
  // Measured on kube-apiserver 1.36.3: the largest maxItems that was accepted for a maxLength.
  for (const [maxLength, maxItems] of [
    [16, 909_090],
    [63, 333_333],
    [253, 94_339],
    [1024, 24_154],
  ] as const) {
    for (const [more, count] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const rule = "self.all(x, x.contains('gpu'))";
      const tags = { type: 'array', maxItems: maxItems + more, items: { type: 'string', maxLength }, [v]: [{ rule }] };
      const found = problems(definition(withSpec({ type: 'object', properties: { tags } })));
      assert.equal(found.length, count, `${maxLength} ${maxItems + more}`);
    }
  }
});

test('what has no bounds may cost too much: once for the rule, once for its share, once for the whole', () => {
  const tags = { type: 'array', items: { type: 'string' }, [v]: [{ rule: "self.all(x, x.contains('gpu'))" }] };
  const path = 'spec.validation.openAPIV3Schema';
  const tip =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  assert.deepEqual(problems(definition(withSpec({ type: 'object', properties: { tags } }))), [
    `${path}.properties[spec].properties[tags].${v}[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${tip}`,
    `${path}.properties[spec].properties[tags].${v}[0].rule: Forbidden: contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`,
    `${path}: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${tip}`,
  ]);
});

test('schemas and rules that a definition has already are not held to more', () => {
  const costly = withSpec({
    type: 'object',
    properties: { a: { type: 'array', items: text, [v]: [{ rule: 'self.all(x, self.all(y, x != y))' }] } },
  });
  assert.notDeepEqual(problems(definition(costly)), []);
  assert.deepEqual(problems(definition(costly), definition(costly)), []);
  const other = withSpec({ type: 'object', properties: { a: text }, [v]: [{ rule: 'self.a.b' }] });
  assert.equal(problems(definition(costly, other), definition(costly)).length, 1, 'the new version is checked');
});

test('versions with schemas of their own are named', () => {
  const bad = withSpec({ type: 'object', properties: { a: text }, [v]: [{ rule: 'self.b' }] });
  const [found] = problems(definition(withSpec({ type: 'object' }), bad));
  assert.match(
    found ?? '',
    /^spec\.versions\[1\]\.schema\.openAPIV3Schema\.properties\[spec\]\.x-kubernetes-validations\[0\]\.rule: /,
  );
});

test('rules as Gateway API writes them fit', () => {
  const text253 = { type: 'string', maxLength: 253 };
  const listeners = {
    type: 'array',
    maxItems: 64,
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
    items: {
      type: 'object',
      required: ['name', 'port', 'protocol'],
      properties: { name: text253, hostname: text253, port: number, protocol: { type: 'string', maxLength: 255 } },
    },
    [v]: [
      { rule: "self.all(l, l.protocol in ['TCP', 'UDP'] ? (!has(l.hostname) || l.hostname == '') : true)" },
      { rule: 'self.all(l1, self.exists_one(l2, l1.name == l2.name))' },
      {
        rule: 'self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))',
      },
    ],
  };
  assert.deepEqual(problems(definition(withSpec({ type: 'object', properties: { listeners } }))), []);
  const matches = { type: 'array', maxItems: 64, items: { type: 'object', properties: { path: text } } };
  const count = Array.from(
    { length: 16 },
    (_item, index) => `(self.size() > ${index} ? self[${index}].matches.size() : 0)`,
  );
  const rules = {
    type: 'array',
    maxItems: 16,
    items: { type: 'object', properties: { matches } },
    [v]: [{ rule: `${count.join(' + ')} <= 128` }],
  };
  assert.deepEqual(problems(definition(withSpec({ type: 'object', properties: { rules } }))), []);
});
