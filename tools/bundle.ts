/**
 * Bundles the programs of Planform with everything they import: `node tools/bundle.ts <folder>`. The bundle starts in
 * little more than half the time of the sources and is 7 MB smaller when idle (docs/adr/0005). The launcher runs one
 * that it makes by itself, `npm run build` makes a package of one.
 *
 * Names stay and lines are broken, so that stack traces say something; comments and blanks would cost 2 MB.
 */
import { copyFileSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { build, type Metafile, type OnLoadResult } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** Programs and libraries that are started or imported by their path, and what they are called in the bundle. */
const entries: Readonly<Record<string, string>> = {
  'programs/cli/main.ts': 'planform.js',
  'programs/apiserver/start-kernel.ts': 'kernel.js',
  'kernel/store/sqlite/worker.ts': 'sqlite-worker.js',
  'drivers/tcp-proxy/main.ts': 'tcp-proxy.js',
};

/** Files that are read by their path. */
const assets: Readonly<Record<string, string>> = {
  'package.json': 'package.json',
  'programs/cli/node-options': 'node-options',
  'drivers/process/enter.sh': 'enter.sh',
  'drivers/process/supervise.sh': 'supervise.sh',
};

/** Files from which one of `filesMoved` is named: `join(import.meta.dirname, …)` or `new URL('…', import.meta.url)`. */
const ownPath = /(join\(import\.meta\.dirname|new URL\()((?:,? ?'[^']+')+)(?=\)|, import\.meta\.url)/g;

/**
 * Bundles into a folder.
 * @returns what went into the bundle.
 * @throws when a source names a file of its own that `entries` and `assets` do not have.
 */
export async function bundle(folder: string): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.entries(entries).map(([source, name]) => ({ in: `./${source}`, out: name.slice(0, -3) })),
    bundle: true,
    splitting: true,
    outdir: folder,
    platform: 'node',
    format: 'esm',
    target: 'node26',
    minifyWhitespace: true,
    lineLimit: 120,
    metafile: true,
    logLevel: 'warning',
    // Packages that are CommonJS ask for Node's modules by `require`.
    banner: {
      js: `import { createRequire as requireOf } from 'node:module';\nconst require = requireOf(import.meta.url);`,
    },
    plugins: [
      {
        name: 'own-paths',
        setup: (making) => making.onLoad({ filter: /\.ts$/ }, ({ path }) => withBundledPaths(path)),
      },
    ],
  });
  for (const [source, name] of Object.entries(assets)) copyFileSync(join(root, source), join(folder, name));
  return metafile;
}

/** All files of a bundle lie in one folder, so a source finds its files under other names. */
function withBundledPaths(path: string): OnLoadResult {
  const contents = readFileSync(path, 'utf8').replaceAll(ownPath, (_, call: string, literals: string) => {
    const parts = [...literals.matchAll(/'([^']+)'/g)].map(([, part]) => part ?? '');
    const source = relative(root, join(dirname(path), ...parts));
    const name = entries[source] ?? assets[source];
    if (name === undefined)
      throw new Error(
        `"${relative(root, path)}" uses "${source}": add it to the files of the bundle in tools/bundle.ts`,
      );
    return call === 'new URL(' ? `${call}'./${name}'` : `${call}, '${name}'`;
  });
  const left = /import\.meta\.(?:dirname(?!, ')|filename|main)/.exec(contents);
  if (left !== null)
    throw new Error(`"${relative(root, path)}" uses ${left[0]}: write it so that tools/bundle.ts sees the whole path`);
  return { contents: contents.replaceAll(/\P{ASCII}/gu, escaped), loader: 'ts' };
}

/** A single character beyond Latin-1, and V8 keeps two bytes for each of the whole file. */
function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, at) => character.charCodeAt(at).toString(16).padStart(4, '0'))
    .map((unit) => `\\u${unit}`)
    .join('');
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Say where the bundle shall be: node tools/bundle.ts <folder>');
  await bundle(resolve(folder));
}
