import assert from 'node:assert/strict';
import test from 'node:test';
import { compile, type Environment } from './compile.ts';
import { mapType, types } from './types.ts';

const environment: Environment = {
  variables: {
    n: { type: types.int, isTrusted: true },
    any: { type: types.dyn },
    m: { type: mapType(types.string, types.int) },
  },
};

function textOf(expression: string, more: Partial<Environment> = {}): string | undefined {
  return compile(expression, { ...environment, ...more }).errors?.text;
}

test('issues have the texts of cel-go', () => {
  const cases: readonly (readonly [expression: string, text: string])[] = [
    ['n + x', "ERROR: <input>:1:5: undeclared reference to 'x' (in container '')\n | n + x\n | ....^"],
    ['f(1)', "ERROR: <input>:1:2: undeclared reference to 'f' (in container '')\n | f(1)\n | .^"],
    [
      "n + 'a'",
      "ERROR: <input>:1:3: found no matching overload for '_+_' applied to '(int, string)'\n | n + 'a'\n | ..^",
    ],
    [
      'n.all(x, true)',
      "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | n.all(x, true)\n | ^",
    ],
    ['has(n)', 'ERROR: <input>:1:5: invalid argument to has() macro\n | has(n)\n | ....^'],
    ['n.x', "ERROR: <input>:1:2: type 'int' does not support field selection\n | n.x\n | .^"],
    [
      "n ==\n  'é' + 1",
      "ERROR: <input>:2:7: found no matching overload for '_+_' applied to '(string, int)'\n |   'é' + 1\n | ......^",
    ],
    ['[1, "a"]', `ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, "a"]\n | ....^`],
    [
      '[dyn(n), 3].size()',
      "ERROR: <input>:1:10: expected type 'dyn' but found 'int'\n | [dyn(n), 3].size()\n | .........^",
    ],
    ["duration('1 day')", "ERROR: <input>:1:10: invalid duration argument\n | duration('1 day')\n | .........^"],
    [
      'n + ',
      "ERROR: <input>:1:5: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | n + \n | ....^",
    ],
  ];
  for (const [expression, text] of cases) assert.equal(textOf(expression), text, expression);
});

test('what a text is formatted with may be of several types', () => {
  for (const expression of ["'%s-%d'.format(['a', n])", "'%s'.format([[1, 'a']])", "'%s%d'.format(['a', 1] + ['b'])"]) {
    assert.equal(textOf(expression), undefined, expression);
  }
});

test('the result has to be of a wanted type', () => {
  assert.equal(
    textOf('n', { results: [types.bool] }),
    'ERROR: <input>:1:1: must evaluate to bool, but is int\n | n\n | ^',
  );
  assert.equal(textOf('n > 1', { results: [types.bool] }), undefined);
  assert.equal(textOf('string(n)', { results: [types.string, types.null] }), undefined);
});

test('expressions that are stored are not held to what is new', () => {
  for (const expression of ['[1, "a"].size()', "'a'.matches('(')"]) {
    assert.notEqual(textOf(expression), undefined);
    assert.equal(textOf(expression, { mode: 'stored' }), undefined);
  }
});

test('variables are read when they are used', () => {
  const { program } = compile('n > 0 || any', environment);
  const read: string[] = [];
  const lazy = {
    n: 1,
    get any() {
      read.push('any');
      return true;
    },
  };
  assert.equal(program?.evaluate(lazy, 100).value, true);
  assert.deepEqual(read, []);
  assert.equal(program?.evaluate({ n: 0 }, 100).error?.message, 'no such attribute(s): any');
  assert.equal(program?.uses('any'), true);
  assert.equal(program?.uses('m'), false);
});

test('integers are exact and overflow is an error', () => {
  const cases: readonly (readonly [expression: string, outcome: unknown])[] = [
    ['9007199254740991 + 2', 9_007_199_254_740_993n],
    ['9223372036854775807 + n', 'integer overflow'],
    ['-9223372036854775808 / -1', 'integer overflow'],
    ['4611686018427387904 * 2 - 1', 'integer overflow'],
    ['3037000500 * 3037000499', 9_223_372_033_963_249_500n],
    ['-7 / 2', -3],
    ['-7 % 2', -1],
    ['n / 0', 'division by zero'],
    ['n % 0', 'modulus by zero'],
    ['9007199254740993 == 9007199254740992 + 1', true],
    ['m["x"]', 'no such key: x'],
    ['[1][n]', 'index out of bounds: 1'],
    ['dyn(1) == 1.0 && 1u == dyn(1)', true],
    ['any + 0.5', 'no such overload'],
  ];
  for (const [expression, wanted] of cases) {
    const outcome = compile(expression, environment).program?.evaluate({ n: 1, m: {}, any: 'x' }, 1000);
    assert.deepEqual(outcome?.error?.message ?? outcome?.value, wanted, expression);
  }
});

test('costs count as kube-apiserver counts', () => {
  // cel-go interpreter/runtimecost.go: names and selections 1, calls 1, a tenth of texts read, lists 10, maps 30, constants nothing.
  const cases: readonly (readonly [expression: string, cost: number])[] = [
    ['true', 0],
    ['n', 1],
    ['n + 1', 2],
    ['m.x', 2],
    ['has(m.x)', 1],
    ['n == 1 || n == 2', 2],
    ["'aaaaaaaaaaaaaaaaaaaa'.contains('bbbbbbbbbbbb')", 4],
    ["'aaaaaaaaaaaaaaaaaaaa'.matches('a+a+')", 3],
    ["'aaaaaaaaaaaaaaaaaaaa' + 'a'", 3],
    ['[1, 2, 3]', 0],
    ["{'a': 1}", 0],
    ['[n, 2].all(x, x > 0)', 22],
    ['[n, 2].exists(x, x > 5)', 24],
    ['[1, 2].map(x, x)', 27],
    ['[1, 2].filter(x, x > 1)', 18],
    ['3 in [1, 2, n]', 14],
  ];
  for (const [expression, cost] of cases) {
    const { program } = compile(expression, environment);
    assert.equal(program?.evaluate({ n: 1, m: { x: 1 } }, 1000).cost, cost, expression);
  }
});

test('work that costs nothing is bounded as well', () => {
  const list = Array.from({ length: 100_000 }, (_item, index) => index);
  const { program } = compile('any.all(x, (any + any).size() > 0)', environment);
  assert.equal(program?.evaluate({ any: list }, 1e9).error?.message, 'operation cancelled: actual cost limit exceeded');
});
