import assert from 'node:assert/strict';
import test from 'node:test';
import * as fc from 'fast-check';
import { LinearRegexp } from './regexp.ts';

/** RE2 syntax (github.com/google/re2/wiki/Syntax); matches are leftmost and prefer as Perl's do. */

test('finds what RE2 finds', () => {
  const cases: readonly (readonly [pattern: string, text: string, found: string | undefined])[] = [
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'my-name', 'my-name'],
    ['^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', 'my-', undefined],
    ['a+b', 'xaab', 'aab'],
    ['a+?', 'aaa', 'a'],
    ['(?U)a+', 'aaa', 'a'],
    ['(a|ab)(c|bcd)(d*)', 'abcd', 'abcd'],
    ['a|ab', 'ab', 'a'],
    ['\\bfoo\\b', 'a foo b', 'foo'],
    ['\\bfoo\\b', 'afoo', undefined],
    ['\\Boo', 'foo', 'oo'],
    ['(?i)straße', 'STRAßE', 'STRAßE'],
    ['(?i:A)b', 'ab', 'ab'],
    ['(?i:A)b', 'aB', undefined],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['^b$', 'a\nb', undefined],
    ['a.b', 'a\nb', undefined],
    ['(?s)a.b', 'a\nb', 'a\nb'],
    ['a.b', 'a😀b', 'a😀b'],
    ['^.$', '😀', '😀'],
    ['[^a]', '😀', '😀'],
    ['[[:alpha:]_]+', '12ab_', 'ab_'],
    ['[[:^digit:]]+', '12ab', 'ab'],
    ['\\p{Greek}+', 'abc αβγ', 'αβγ'],
    ['\\pL+\\PN', '1äö!', 'äö!'],
    ['\\x41\\x{1F600}\\101', 'A😀A', 'A😀A'],
    ['\\Qa.b\\E+', 'a.bbb', 'a.bbb'],
    ['(?P<year>\\d{4})-(?<month>\\d{2})', 'on 2026-01', '2026-01'],
    ['a{2,3}', 'aaaa', 'aaa'],
    ['a{2,}?', 'aaaa', 'aa'],
    ['a{,2}', 'a{,2}', 'a{,2}'],
    ['x*', 'ab', ''],
    ['[]a]+', 'a]', 'a]'],
    ['[a-]+', '-a', '-a'],
    ['\\A\\d+(\\.\\d+)?%\\z', '12.5%', '12.5%'],
    ['', '', ''],
    ['^(?P<first>a)b$', 'ab', 'ab'],
    ['^\\p{Lu}$', 'é', undefined],
    ['^\\x{1F4A5}.$', '💥💥', '💥💥'],
    ['^\\\\A$', '\\A', '\\A'],
  ];
  for (const [pattern, text, wanted] of cases) {
    const expression = new LinearRegexp(pattern);
    const found = expression.find(text);
    assert.equal(found === undefined ? undefined : text.slice(...found), wanted, `${pattern} in ${text}`);
    assert.equal(expression.test(text), wanted !== undefined, `${pattern} in ${text}`);
  }
});

test('refuses what RE2 refuses', () => {
  const refused = [
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '(a)\\1',
    'a**',
    '*a',
    '[b-a]',
    'a{1001}',
    '(a{100}){100}',
    '(',
    'a)',
    '[',
    '\\',
    '\\y',
    '\\p{Nope}',
    '[[:nope:]]',
    '(?x)a',
  ];
  for (const pattern of refused) assert.throws(() => new LinearRegexp(pattern), SyntaxError, pattern);
});

test('expressions that make others try for years take no longer', () => {
  const text = 'a'.repeat(50_000);
  for (const pattern of ['^(a+)+$', '^(a|aa)+$', '(.*)*x', '(a?){50}a{50}b', '^(([a-z])+.)+[A-Z]([a-z])+$']) {
    assert.equal(new LinearRegexp(pattern).test(`${text}!`), false, pattern);
  }
});

test('agrees with JavaScript on what both read alike', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\w', '(?:ab)', '\\b', '(a|b)', '(?:a|bc)');
  const piece = fc
    .tuple(atom, fc.constantFrom('', '', '*', '+', '?', '{1,2}', '*?', '+?'))
    .map(([a, repeat]) => (a === '\\b' ? a : a + repeat));
  const pattern = fc
    .tuple(fc.constantFrom('', '^'), fc.array(piece, { minLength: 1, maxLength: 5 }), fc.constantFrom('', '$'))
    .map(([start, parts, end]) => start + parts.join('') + end);
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' ', '\n'), maxLength: 10 });
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      // oxlint-disable-next-line detect-non-literal-regexp -- what is compared
      const theirs = new RegExp(source).exec(value);
      const ours = new LinearRegexp(source).find(value);
      assert.deepEqual(ours, theirs === null ? undefined : [theirs.index, theirs.index + theirs[0].length], source);
    }),
    { numRuns: 2000 },
  );
});
