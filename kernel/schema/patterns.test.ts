import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePattern } from './patterns.ts';

test('compilePattern() reads the patterns of Go', async (t) => {
  const cases = [
    { pattern: '^a$', matches: ['a'], refuses: ['b', 'A'] },
    { pattern: '(?i)^a$', matches: ['a', 'A'], refuses: ['b'] },
    { pattern: '\\Aa\\z', matches: ['a'], refuses: ['ab'] },
    { pattern: '^(?P<first>a)b$', matches: ['ab'], refuses: ['a'] },
    { pattern: '^[[:alpha:]_]+$', matches: ['aB_'], refuses: ['1'] },
    { pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$', matches: ['a-b'], refuses: ['-a'] },
    { pattern: '^a\\-b$', matches: ['a-b'], refuses: ['ab'] },
    { pattern: '^\\\\A$', matches: ['\\A'], refuses: ['A'] },
    { pattern: '^\\pL+$', matches: ['é'], refuses: ['1'] },
    { pattern: '^\\p{Lu}$', matches: ['É'], refuses: ['é'] },
    { pattern: '^\\x{1F4A5}.$', matches: ['💥💥'], refuses: ['ab'] },
  ];
  for (const c of cases) {
    await t.test(c.pattern, () => {
      const expression = compilePattern(c.pattern);
      for (const text of c.matches) assert.ok(expression.test(text), text);
      for (const text of c.refuses) assert.ok(!expression.test(text), text);
    });
  }
});

test('compilePattern() refuses what it cannot hold to', () => {
  for (const pattern of ['(', '(?U)a', 'a'.repeat(5000)]) assert.throws(() => compilePattern(pattern), SyntaxError);
});
