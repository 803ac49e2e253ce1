import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { placeOf } from './layers.ts';
import { type SourceFile, root } from './sources.ts';

interface Ban {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Global state that rows 0–5 must be given instead (see ARCHITECTURE.md, determinism). */
const bans: readonly Ban[] = [
  { pattern: /\bDate\.now\b/, instead: 'clock.nowMs()' },
  { pattern: /\bnew Date\(\s*\)/, instead: 'clock.nowMs()' },
  { pattern: /\bTemporal\.Now\b/, instead: 'clock.nowMs()' },
  { pattern: /\bperformance\./, instead: 'clock.monotonicMs()' },
  // Methods of that name, of sockets and sessions, are none of these.
  {
    pattern: /(?<![.\w])(setTimeout|setInterval|setImmediate)\(/,
    instead: 'clock.timer, clock.sleep or clock.yieldToOthers',
  },
  { pattern: /\bAbortSignal\.timeout\b/, instead: 'clock.timeoutSignal(ms)' },
  { pattern: /\bMath\.random\b/, instead: 'random.nextFloat()' },
  { pattern: /\b(randomUUID|getRandomValues|randomBytes)\b/, instead: 'random.uuid() or random.bytes(n)' },
  { pattern: /(?<![.\w'"`/-])process\.(?!ts)/, instead: 'a port or an option read in programs/*/config.ts' },
];

/** Files that implement what the others are given, or are programs of their own. Every entry says why. */
const exempt: ReadonlyMap<string, string> = new Map([
  ['kernel/base/system-clock.ts', 'implements Clock'],
  ['kernel/base/system-random.ts', 'implements Random'],
  ['kernel/base/clock.ts', 'formats times it is given'],
  ['drivers/tcp-proxy/main.ts', 'a program of its own: the detached proxy process'],
]);

/** Uses of global state that the file should have been given. */
export function determinismViolations(file: SourceFile): readonly string[] {
  const place = placeOf(file.path);
  if (place === undefined || place.row > 5 || file.isTest || exempt.has(file.path)) return [];
  return file.lines.flatMap((line, index) => {
    if (/^\s*(\*|\/\/|\/\*)/.test(line)) return [];
    const ban = bans.find(({ pattern }) => pattern.test(line));
    return ban === undefined ? [] : [`${file.path}:${index + 1}: use ${ban.instead}: ${line.trim()}`];
  });
}

/** Exports without a doc comment right above them. */
export function docViolations(file: SourceFile): readonly string[] {
  const place = placeOf(file.path);
  if (place === undefined || place.row > 6 || file.isTest) return [];
  const declared = new Set<string>();
  return file.lines.flatMap((line, index) => {
    const match =
      /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|const|class|interface|type|let) (\w+)/.exec(line);
    if (match === null) return [];
    const name = match[1] ?? '';
    const documented = file.lines[index - 1]?.trim().endsWith('*/') === true || declared.has(name);
    declared.add(name);
    return documented ? [] : [`${file.path}:${index + 1}: document "${name}": what is it for, units, bounds, errors`];
  });
}

/** Left-overs and ways around the type checker. */
export function leftoverViolations(file: SourceFile): readonly string[] {
  if (file.path.startsWith('tools/tidy/')) return [];
  const patterns: readonly Ban[] = [
    { pattern: /\b(TODO|FIXME|XXX|HACK)\b/, instead: 'finish it or take it out' },
    { pattern: /\bas any\b|\bas unknown as\b|@ts-(ignore|nocheck)/, instead: 'say the real type' },
    { pattern: /\b(test|it|describe)\.(only|todo)\(/, instead: 'run all tests' },
    {
      pattern: /catch *(\([^)]*\))? *\{ *\}|\.catch\(\(\) *=> *(\{ *\}|undefined|null)\)/,
      instead: 'handle the error or say why it does not matter',
    },
  ];
  return file.lines.flatMap((line, index) => {
    const hit = patterns.find(({ pattern }) => pattern.test(line));
    // A swallowed error is fine where a comment beside or right above it says why.
    const isExplained = line.includes('// ') || file.lines[index - 1]?.trim().startsWith('// ') === true;
    if (hit?.instead.startsWith('handle') === true && isExplained) return [];
    return hit === undefined ? [] : [`${file.path}:${index + 1}: ${hit.instead}: ${line.trim()}`];
  });
}

/** A kind folder holds type.ts, README.md and example.yaml; every other package folder a README.md. */
export function folderViolations(files: readonly SourceFile[]): readonly string[] {
  const kindFolders = new Set<string>();
  const packageFolders = new Set<string>();
  for (const { path } of files) {
    const parts = path.split('/');
    const isNested = parts[0] === 'planes' || path.startsWith('kernel/kinds/');
    if (isNested && parts.length >= 4) {
      const folder = parts.slice(0, 3).join('/');
      packageFolders.add(folder);
      if (path === `${folder}/type.ts`) kindFolders.add(folder);
    } else if (['kernel', 'drivers'].includes(parts[0] ?? '') && parts.length >= 3)
      packageFolders.add(parts.slice(0, 2).join('/'));
  }
  const missing = [...packageFolders].map((folder) => `${folder}/README.md`);
  for (const folder of kindFolders) missing.push(`${folder}/example.yaml`);
  return missing.filter((path) => !existsSync(join(root, path))).map((path) => `${path} is missing`);
}

/** Reasons of `ApiReason` without a row in docs/errors.md, and rows without a reason. */
export function errorPageViolations(): readonly string[] {
  const source = readFileSync(join(root, 'kernel/meta/errors.ts'), 'utf8');
  const union = /export type ApiReason =([^;]+);/.exec(source)?.[1] ?? '';
  const reasons = new Set([...union.matchAll(/'(\w+)'/g)].map((match) => match[1]));
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  const rows = new Set([...page.matchAll(/^\| `(\w+)` \| \d{3} /gm)].map((match) => match[1]));
  return [
    ...[...reasons].filter((reason) => !rows.has(reason)).map((reason) => `docs/errors.md: no row for ${reason}`),
    ...[...rows]
      .filter((reason) => !reasons.has(reason))
      .map((reason) => `docs/errors.md: ${reason} is not an ApiReason`),
  ];
}
