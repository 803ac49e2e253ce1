import { type SourceFile, importsOf } from './sources.ts';

/** Mechanism packages of row 3, in order: each may import those before it. */
const mechanism = ['store', 'blobs', 'cache', 'registry', 'admission', 'auth', 'audit', 'server', 'client'];

/** Where a path stands: its row (see ARCHITECTURE.md) and the package inside it. */
export interface Place {
  readonly row: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
  /** `kernel/cache`, `drivers/process`, `planes/control` … */
  readonly unit: string;
}

/** The row and package of a path from the root; `undefined` for paths outside the layered tree. */
export function placeOf(path: string): Place | undefined {
  const parts = path.split('/');
  const [area = '', name = ''] = parts;
  const unit = `${area}/${name}`;
  if (area === 'kernel') {
    if (name === 'base') return { row: 0, unit };
    if (name === 'meta' || name === 'schema') return { row: 1, unit };
    if (name === 'ports') return { row: 2, unit };
    if (name === 'kinds') return { row: 4, unit };
    if (name === 'controller' || mechanism.includes(name)) return { row: 3, unit };
    return undefined;
  }
  if (area === 'drivers') return name === 'api' ? { row: 2, unit } : { row: 4, unit };
  if (area === 'planes') return { row: 5, unit };
  if (area === 'programs') return { row: 6, unit };
  if (['sim', 'e2e', 'bench', 'examples', 'tools'].includes(area)) return { row: 7, unit: area };
  return undefined;
}

/** Every import of `file` that the layer table forbids, as text for people. */
export function layerViolations(file: SourceFile, kindFolders: ReadonlySet<string>): readonly string[] {
  const from = placeOf(file.path);
  if (from === undefined)
    return [`${file.path}: not in any layer: add its folder to ARCHITECTURE.md and tools/tidy/layers.ts`];
  if (file.isTest || from.row === 7) return [];
  return importsOf(file).flatMap(({ specifier, target, line }) => {
    const why = specifier.startsWith('.')
      ? whyForbidden({ path: file.path, from, target, kindFolders })
      : whyPackageForbidden(from, specifier);
    return why === undefined ? [] : [`${file.path}:${line}: imports "${specifier}": ${why}`];
  });
}

function whyPackageForbidden(from: Place, specifier: string): string | undefined {
  if (from.row > 1) return undefined;
  return specifier.startsWith('node:') ? 'rows 0 and 1 also run in the browser' : 'rows 0 and 1 have no dependencies';
}

interface RelativeImport {
  readonly path: string;
  readonly from: Place;
  readonly target: string;
  readonly kindFolders: ReadonlySet<string>;
}

function whyForbidden({ path, from, target, kindFolders }: RelativeImport): string | undefined {
  const to = placeOf(target);
  if (to === undefined) return 'the target is not in any layer';
  if (to.row === 7) return 'nothing imports tests, tools, benches or examples';
  if (from.row === 6) return undefined;
  if (to.unit === from.unit) return from.row >= 4 ? whyKindForbidden(path, target, kindFolders) : undefined;
  if (to.row <= Math.min(2, from.row)) return undefined;
  if (from.row === 3) return whyMechanismForbidden(from, to);
  if (from.row >= 4 && to.unit === 'kernel/controller' && !from.unit.startsWith('drivers/')) return undefined;
  const isKindUnit = to.unit === 'kernel/kinds' || to.row === 5;
  if (from.row === 5 && isKindUnit) {
    return target.endsWith('/type.ts') ? undefined : 'of another plane only type.ts may be imported';
  }
  return `row ${from.row} must not import ${to.unit} (row ${to.row})`;
}

function whyMechanismForbidden(from: Place, to: Place): string | undefined {
  const rank = (unit: string) => mechanism.indexOf(unit.slice('kernel/'.length));
  if (to.row !== 3) return `row 3 must not import ${to.unit} (row ${to.row})`;
  if (from.unit === 'kernel/controller' || to.unit === 'kernel/controller')
    return 'kernel/controller stands alone in row 3';
  return rank(to.unit) < rank(from.unit) ? undefined : `${to.unit} comes after ${from.unit}`;
}

/** Inside a plane (or kernel/kinds): kinds import each other's type.ts and plan.ts only. Drivers are one folder each. */
function whyKindForbidden(path: string, target: string, kindFolders: ReadonlySet<string>): string | undefined {
  if (!path.startsWith('planes/') && !path.startsWith('kernel/kinds/')) return undefined;
  const fromParts = path.split('/');
  const toParts = target.split('/');
  if (fromParts.length < 4) return undefined; // planes/<plane>/index.ts wires everything
  if (fromParts[2] === toParts[2]) return undefined;
  const file = toParts.at(-1) ?? '';
  if (file === 'type.ts' || file === 'plan.ts') return undefined;
  return kindFolders.has(toParts.slice(0, 3).join('/'))
    ? 'of a sibling kind only type.ts and plan.ts may be imported'
    : undefined;
}

/** Folders that hold a kind: those with a type.ts. */
export function kindFoldersOf(files: readonly SourceFile[]): ReadonlySet<string> {
  return new Set(
    files.filter((file) => file.path.endsWith('/type.ts')).map((file) => file.path.slice(0, -'/type.ts'.length)),
  );
}
