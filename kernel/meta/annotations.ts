import type { FieldError } from './errors.ts';
import { checkQualifiedName } from './names.ts';

/** Most bytes of all annotations of one object (apimachinery `TotalAnnotationSizeLimitB`). */
const annotationBytesMax = 256 * 1024;

/** Everything wrong with annotations (apimachinery `ValidateAnnotations`). */
export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path = 'metadata.annotations',
): readonly FieldError[] {
  if (annotations === undefined) return [];
  const errors: FieldError[] = [];
  let length = 0;
  for (const [key, value] of Object.entries(annotations)) {
    length += key.length + value.length;
    for (const detail of checkQualifiedName(key.toLowerCase())) {
      errors.push({ type: 'Invalid', path, value: key, detail });
    }
  }
  if (length > annotationBytesMax) {
    const detail = `may not be more than ${annotationBytesMax} bytes`;
    errors.push({ type: 'TooLong', path, detail });
  }
  return errors;
}
