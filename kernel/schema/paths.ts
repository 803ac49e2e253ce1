/** Puts the outer part of a field path in front of the inner one: `spec` + `x` → `spec.x`, `spec` + `[0].x` → `spec[0].x`. */
export function joinPath(outer: string, inner: string): string {
  if (inner === '') return outer;
  return outer === '' || inner.startsWith('[') ? outer + inner : `${outer}.${inner}`;
}
