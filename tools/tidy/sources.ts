import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's root folder. */
export const root = join(import.meta.dirname, '..', '..');

/** One source file of the project. */
export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly isTest: boolean;
}

/** All TypeScript sources that rules apply to. Generated files are left out. */
export function readSources(): readonly SourceFile[] {
  const folders = '{kernel,drivers,planes,programs,sim,e2e,bench,tools}';
  return globSync(`${folders}/**/*.ts`, { cwd: root, exclude: (name) => name === 'node_modules' })
    .filter((path) => path !== 'kernel/schema/standard/types.ts')
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      const isTest =
        /(\.test|-conformance|\.types)\.ts$/.test(path) || path.includes('/testdata/') || path.includes('/testing/');
      return { path, text, lines: text.split('\n'), isTest };
    });
}

/** One import of a file: what it names, resolved to a path from the root when relative. */
export interface ImportedModule {
  readonly specifier: string;
  /** Path from the root, or the specifier itself for packages and `node:` modules. */
  readonly target: string;
  readonly line: number;
}

/** Static and dynamic imports of a file. */
export function importsOf(file: SourceFile): readonly ImportedModule[] {
  const imports: ImportedModule[] = [];
  const pattern =
    /(?:^|\s)(?:import|export)\s(?:[^;'"]*?\sfrom\s)?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g;
  for (const match of file.text.matchAll(pattern)) {
    const specifier = match[1] ?? match[2] ?? '';
    const line = file.text.slice(0, match.index).split('\n').length;
    const target = specifier.startsWith('.') ? join(file.path, '..', specifier) : specifier;
    imports.push({ specifier, target, line });
  }
  return imports;
}
