import { compilePath, readColumn } from '../meta/field-path.ts';
import type { JsonObject } from '../meta/object.ts';
import type { PrinterColumn } from './kind.ts';

/**
 * Columns for objects in another form than the one the columns were written for.
 * @param toForm gives the form the columns read; called once per object.
 */
export function convertedColumns(
  columns: readonly PrinterColumn[],
  toForm: (object: JsonObject) => JsonObject,
): readonly PrinterColumn[] {
  const forms = new WeakMap<JsonObject, JsonObject>();
  const formOf = (object: JsonObject) => forms.getOrInsertComputed(object, () => toForm(object));
  return columns.map((column) => {
    const { value } = column;
    if (typeof value === 'function') {
      return { ...column, value: (object: JsonObject, nowMs: number) => value(formOf(object) as never, nowMs) };
    }
    const path = compilePath(value);
    return { ...column, value: (object: JsonObject) => readColumn(path, formOf(object)) };
  });
}
