/**
 * Builds a package that is installed like any other: `npm run build [-- <folder>]`, by default into `dist`, then
 * `npm pack ./dist`. It has the library `startKernel` with its types and the planform command, all dependencies
 * bundled, and needs nothing but Node.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const library = 'programs/apiserver/start-kernel';

rmSync(dist, { recursive: true, force: true });
const { inputs } = await bundle(dist);
writeFileSync(join(dist, 'kernel.d.ts'), declareLibrary());
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
writeFileSync(join(dist, 'THIRD-PARTY-LICENSES'), licenses(Object.keys(inputs)));
copyFileSync(join(root, 'LICENSE'), join(dist, 'LICENSE'));
copyFileSync(join(root, 'docs/kernel-as-a-library.md'), join(dist, 'README.md'));
copyFileSync(join(root, 'tools/package-launcher.sh'), join(dist, 'planform'));
chmodSync(join(dist, 'planform'), 0o755);
console.log(`built ${dist}: \`npm pack\` makes a tarball of it`);

/** Declarations of the library. They must stand alone: the rest of the kernel is not published. */
function declareLibrary(): string {
  const made = mkdtempSync(join(root, 'node_modules/.cache-types-'));
  try {
    const compilerOptions = {
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: made,
    };
    const project = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions,
      files: [join(root, `${library}.ts`)],
      include: [],
    };
    writeFileSync(join(made, 'tsconfig.json'), JSON.stringify(project));
    const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['--project', made], { stdio: 'inherit' });
    if (status !== 0) throw new Error('The declarations of the library were not made: see above');
    const text = readFileSync(join(made, `${library}.d.ts`), 'utf8');
    if (/\bimport\b|\bfrom\s+['"]/.test(text))
      throw new Error(`The types of "${library}.ts" use those of other files, which the package does not have`);
    return text;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** The package as npm sees it; like the project, it cannot be published by mistake. */
function manifest(): object {
  const { name, version, description, license, engines } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Readonly<Record<string, unknown>>;
  return {
    name,
    version,
    description,
    license,
    private: true,
    type: 'module',
    engines,
    bin: { planform: './planform' },
    exports: { '.': { types: './kernel.d.ts', default: './kernel.js' }, './package.json': './package.json' },
  };
}

/** Licences of the packages that are in the bundle. */
function licenses(inputs: readonly string[]): string {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
  const texts = [...packages].sort().map((name) => {
    const [file] = globSync(`node_modules/${name}/{LICEN[CS]E,license}*`, { cwd: root });
    if (file === undefined) throw new Error(`The package "${name}" has no licence file`);
    return `${name}\n\n${readFileSync(join(root, file), 'utf8').trim()}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
