import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from './errors.ts';
import * as selectors from './selectors.ts';

test('parseLabelSelector() matches as Kubernetes does', async (t) => {
  const web = { app: 'web', tier: 'front', size: '5' };
  const cases = [
    { text: '', yes: [web, {}], no: [] },
    { text: 'app=web', yes: [web], no: [{}, { app: 'x' }] },
    { text: ' app == web , tier!=back', yes: [web, { app: 'web' }], no: [{ app: 'web', tier: 'back' }] },
    { text: 'app in (web,api)', yes: [web, { app: 'api' }], no: [{}, { app: 'in' }] },
    { text: 'app notin (web)', yes: [{}, { app: 'x' }], no: [web] },
    { text: 'app', yes: [web], no: [{}] },
    { text: '!app', yes: [{}], no: [web] },
    { text: 'size>4,size<6', yes: [web], no: [{ size: '4' }, { size: '6' }, { size: 'x' }, {}] },
    { text: 'app=', yes: [{ app: '' }], no: [{}, web] },
    { text: 'app in (,x)', yes: [{ app: '' }, { app: 'x' }], no: [{}] },
    { text: 'in in (in,notin)', yes: [{ in: 'in' }], no: [{}] },
    { text: 'a.b/c=d', yes: [{ 'a.b/c': 'd' }], no: [{}] },
    { text: 'constructor', yes: [{ constructor: 'x' } as never], no: [{}] },
  ];
  for (const { text, yes, no } of cases) {
    await t.test(text, () => {
      const selector = selectors.parseLabelSelector(text);
      const matches = selectors.compileLabelSelector(selector);
      for (const labels of yes) assert.ok(matches(labels) && selectors.matchesLabels(selector, labels));
      for (const labels of no) assert.ok(!matches(labels) && !selectors.matchesLabels(selector, labels));
      assert.deepEqual(selectors.parseLabelSelector(selectors.formatLabelSelector(selector)), selector);
    });
  }
});

test('parseLabelSelector() refuses with the texts of Kubernetes', async (t) => {
  const cases = [
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a=(b)', "unable to parse requirement: found '(', expected: identifier"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    [
      'a>x',
      `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
    ],
    ['!', "unable to parse requirement: found '', expected: identifier"],
  ] as const;
  for (const [text, want] of cases) {
    await t.test(text, () => {
      assert.throws(
        () => selectors.parseLabelSelector(text),
        (error) => error instanceof ApiError && error.reason === 'BadRequest' && error.message === want,
      );
    });
  }
  assert.throws(
    () => selectors.parseLabelSelector('-a=b'),
    /^ApiError: unable to parse requirement: <nil>: Invalid value: "-a": name part must consist/,
  );
  assert.throws(
    () => selectors.parseLabelSelector('a=-b'),
    /values\[0\]\[a\]: Invalid value: "-b": a valid label must be/,
  );
});

test('labelSelectorFromObject() reads the object form', () => {
  assert.equal(selectors.labelSelectorFromObject(undefined), selectors.selectNothing);
  assert.ok(!selectors.matchesLabels(selectors.selectNothing, { a: 'b' }));
  assert.deepEqual(selectors.labelSelectorFromObject({}), []);
  const selector = selectors.labelSelectorFromObject({
    matchLabels: { b: '1' },
    matchExpressions: [
      { key: 'a', operator: 'In', values: ['y', 'x', 'y'] },
      { key: 'c', operator: 'DoesNotExist' },
    ],
  });
  assert.equal(selectors.formatLabelSelector(selector), 'a in (x,y),b=1,!c');
  assert.throws(
    () => selectors.labelSelectorFromObject({ matchExpressions: [{ key: 'a', operator: 'in' }] }),
    /not a valid/,
  );
  assert.throws(
    () => selectors.labelSelectorFromObject({ matchExpressions: [{ key: 'a', operator: 'In' }] }),
    /can't be empty/,
  );
});

test('validateLabelSelector() gathers everything wrong', () => {
  const errors = selectors.validateLabelSelector(
    {
      matchLabels: { '-': '-' },
      matchExpressions: [
        { key: 'a', operator: 'In' },
        { key: 'a', operator: 'Exists', values: ['x'] },
        { key: 'a b', operator: 'like', values: ['?'] },
      ],
    },
    'spec.selector',
  );
  assert.deepEqual(
    errors.map(({ type, path }) => `${type} ${path}`),
    [
      'Invalid spec.selector.matchLabels',
      'Invalid spec.selector.matchLabels',
      'Required spec.selector.matchExpressions[0].values',
      'Forbidden spec.selector.matchExpressions[1].values',
      'Invalid spec.selector.matchExpressions[2].operator',
      'Invalid spec.selector.matchExpressions[2].key',
      'Invalid spec.selector.matchExpressions[2].values[0]',
    ],
  );
});

test('parseFieldSelector() reads, formats and matches', () => {
  const text = 'metadata.name=a\\,b\\=c\\\\,status.phase!=Running,x==y';
  const selector = selectors.parseFieldSelector(text);
  assert.deepEqual(selector, [
    { field: 'metadata.name', operator: '=', value: 'a,b=c\\' },
    { field: 'status.phase', operator: '!=', value: 'Running' },
    { field: 'x', operator: '=', value: 'y' },
  ]);
  assert.deepEqual(selectors.parseFieldSelector(selectors.formatFieldSelector(selector)), selector);
  assert.equal(selectors.requiredFieldValue(selector, 'x'), 'y');
  assert.equal(selectors.requiredFieldValue(selector, 'status.phase'), undefined);
  const matches = selectors.compileFieldSelector(
    selector,
    (object: Record<string, string>, field) => object[field] ?? '',
  );
  assert.ok(matches({ 'metadata.name': 'a,b=c\\', x: 'y' }));
  assert.ok(!matches({ 'metadata.name': 'a,b=c\\', x: 'y', 'status.phase': 'Running' }));
  assert.deepEqual(selectors.parseFieldSelector(''), []);
  assert.throws(
    () => selectors.parseFieldSelector('metadata.name'),
    /invalid selector: 'metadata.name'; can't understand 'metadata.name'/,
  );
  assert.throws(() => selectors.parseFieldSelector('a=b=c'), /unescaped character in value: 61/);
  assert.throws(() => selectors.parseFieldSelector('a=\\x'), /invalid escape sequence: \\x/);
});
