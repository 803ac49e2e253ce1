import { parseTime } from '../base/clock.ts';
import { compilePath, readColumn } from '../meta/field-path.ts';
import type { KubeObject } from '../meta/object.ts';
import type { KindDefinition, PrinterColumn } from '../schema/kind.ts';
import { findVersion } from '../schema/kind.ts';
import { formatAge } from '../base/age.ts';

/** `meta.k8s.io TableColumnDefinition`. */
export interface TableColumn {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

/** How one kind is shown as rows and columns. */
export interface TableLayout {
  readonly columns: readonly TableColumn[];
  /** Cells of one row, in the order of the columns; `null` where there is no value. */
  readonly cellsOf: (object: KubeObject, nowMs: number) => readonly unknown[];
}

type CellReader = (object: KubeObject, nowMs: number) => unknown;

const nameColumn: PrinterColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name of the object, unique among objects of its kind in a namespace.',
  value: (object: KubeObject) => object.metadata.name,
};
const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: 'Time since the object was created.',
  value: (object: KubeObject) => object.metadata.creationTimestamp,
};

const layouts = new WeakMap<KindDefinition, Map<string, TableLayout>>();

/** The layout of one served version of a kind, or of one of its subresources (name and age only). */
export function tableLayout(definition: KindDefinition, version: string, subresource = ''): TableLayout {
  const ofKind = layouts.get(definition) ?? new Map<string, TableLayout>();
  layouts.set(definition, ofKind);
  const key = subresource === 'scale' ? 'scale' : version;
  const known = ofKind.get(key);
  if (known !== undefined) return known;
  const found = subresource === 'scale' ? undefined : findVersion(definition, version);
  const columns = withDefaultColumns(found?.columns ?? [], found?.addsAge !== false);
  const layout = makeLayout(columns, definition.strategicMerge === true ? 'string' : 'date');
  ofKind.set(key, layout);
  return layout;
}

/** Name comes first and Age after the columns that are always shown, unless the kind says otherwise. */
function withDefaultColumns(columns: readonly PrinterColumn[], addsAge: boolean): readonly PrinterColumn[] {
  const has = (name: string) => columns.some((column) => column.name === name);
  const wideFrom = columns.findIndex((column) => (column.priority ?? 0) > 0);
  const shownCount = wideFrom < 0 ? columns.length : wideFrom;
  return [
    ...(has('Name') ? [] : [nameColumn]),
    ...columns.slice(0, shownCount),
    ...(has('Age') || !addsAge ? [] : [ageColumn]),
    ...columns.slice(shownCount),
  ];
}

/** What kinds without columns of their own show: the time as it is. */
const createdName = 'Created At';

function shownType(
  { name, type }: Pick<PrinterColumn, 'name' | 'type'>,
  dateType: 'string' | 'date',
): PrinterColumn['type'] {
  if (name === createdName) return 'date';
  return type === 'date' ? dateType : type;
}

/** @param dateType what columns of dates say they hold: the cells are ages, and those of standard kinds say so. */
function makeLayout(columns: readonly PrinterColumn[], dateType: 'string' | 'date'): TableLayout {
  const readers = columns.map(cellReader);
  return {
    columns: columns.map(({ name, type, format = '', description, priority = 0 }) => ({
      name,
      type: shownType({ name, type }, dateType),
      format,
      description,
      priority,
    })),
    cellsOf: (object, nowMs) => readers.map((read) => read(object, nowMs) ?? null),
  };
}

function cellReader(column: PrinterColumn): CellReader {
  const read = valueReader(column.value);
  if (column.type !== 'date' || column.showsTime === true) return read;
  const { absentText = '<unknown>' } = column;
  return (object, nowMs) => {
    const value = read(object, nowMs);
    const atMs = typeof value === 'string' ? parseTime(value) : undefined;
    return atMs === undefined ? absentText : formatAge(nowMs - atMs);
  };
}

function valueReader(value: PrinterColumn['value']): CellReader {
  if (typeof value === 'function') return (object, nowMs) => value(object as never, nowMs);
  const path = compilePath(value);
  return (object) => readColumn(path, object);
}
