import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expandVariables } from './expand.ts';

test('expandVariables() follows the rules of Kubernetes', () => {
  const variables = { PORT: '80', HOST: '$(PORT)', EMPTY: '' };
  const cases: readonly (readonly [text: string, want: string])[] = [
    ['--port=$(PORT)', '--port=80'],
    ['$(HOST)', '$(PORT)'],
    ['$(EMPTY)|', '|'],
    ['$(MISSING)', '$(MISSING)'],
    ['$$(PORT)', '$(PORT)'],
    ['$$$(PORT)', '$80'],
    ['$$$$', '$$'],
    ['$PORT and $(PORT', '$PORT and $(PORT'],
    ['cost: 5$', 'cost: 5$'],
    ['$(toString)', '$(toString)'],
  ];
  for (const [text, want] of cases) assert.equal(expandVariables(text, variables), want, text);
});
