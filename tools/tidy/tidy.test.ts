import assert from 'node:assert/strict';
import test from 'node:test';
import { kindFoldersOf, layerViolations } from './layers.ts';
import {
  determinismViolations,
  docViolations,
  errorPageViolations,
  folderViolations,
  leftoverViolations,
} from './rules.ts';
import { readSources } from './sources.ts';

const files = readSources();

function assertNone(violations: readonly string[]): void {
  assert.equal(violations.length, 0, `\n${violations.join('\n')}\n`);
}

test('tidy sees the sources', () => {
  assert.ok(files.length >= 100, `Found ${files.length} source files, expected at least 100`);
  assert.ok(kindFoldersOf(files).size >= 10, `Found ${kindFoldersOf(files).size} kind folders, expected at least 10`);
});

test('imports point downwards only', () => {
  const kindFolders = kindFoldersOf(files);
  assertNone(files.flatMap((file) => layerViolations(file, kindFolders)));
});

test('layerViolations() catches planted violations', () => {
  const plant = (path: string, specifier: string) =>
    layerViolations(
      { path, text: `import { x } from '${specifier}';`, lines: [], isTest: false },
      new Set(['planes/control/pod', 'planes/control/node']),
    );
  const forbidden = [
    ['kernel/base/a.ts', '../meta/b.ts'],
    ['kernel/meta/a.ts', 'node:fs'],
    ['kernel/schema/a.ts', 'yaml'],
    ['kernel/ports/a.ts', '../cache/b.ts'],
    ['kernel/cache/a.ts', '../registry/b.ts'],
    ['kernel/controller/a.ts', '../store/memory/b.ts'],
    ['kernel/kinds/event/a.ts', '../../server/b.ts'],
    ['drivers/process/a.ts', '../tcp-proxy/b.ts'],
    ['planes/control/pod/a.ts', '../node/reconcile.ts'],
    ['planes/control/pod/a.ts', '../../management/site/plan.ts'],
    ['planes/control/pod/a.ts', '../../../drivers/process/runtime.ts'],
    ['programs/cli/a.ts', '../../tools/b.ts'],
  ] as const;
  for (const [path, specifier] of forbidden)
    assert.equal(plant(path, specifier).length, 1, `${path} may import ${specifier}`);
  const allowed = [
    ['kernel/registry/a.ts', '../cache/b.ts'],
    ['planes/control/pod/a.ts', '../node/type.ts'],
    ['planes/application/application/a.ts', '../../management/site/type.ts'],
    ['planes/control/pod/a.ts', '../../../drivers/api/runtime.ts'],
    ['planes/control/pod/a.ts', '../../../kernel/controller/outcome.ts'],
    ['programs/hub/a.ts', '../../planes/control/index.ts'],
  ] as const;
  for (const [path, specifier] of allowed)
    assert.deepEqual(plant(path, specifier), [], `${path} may not import ${specifier}`);
});

test('rows 0–5 are given time, randomness and the environment', () => assertNone(files.flatMap(determinismViolations)));

test('determinismViolations() catches planted violations', () => {
  const plant = (line: string) =>
    determinismViolations({ path: 'planes/control/pod/a.ts', text: line, lines: [line], isTest: false });
  for (const line of [
    'const a = Date.now();',
    'setTimeout(f, 1);',
    'const b = new Date();',
    'x = process.env.HOME;',
    'Math.random()',
  ]) {
    assert.equal(plant(line).length, 1, line);
  }
});

test('every export is documented', () => assertNone(files.flatMap(docViolations)));

test('nothing is left over', () => assertNone(files.flatMap(leftoverViolations)));

test('every package has a README and every kind an example', () => assertNone(folderViolations(files)));

test('docs/errors.md lists every reason', () => assertNone(errorPageViolations()));
