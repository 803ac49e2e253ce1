/** Most characters of all warnings of one answer (kube-apiserver truncates at the same sum). */
const warningCharactersMax = 4_096;

/**
 * Value of the Warning header (RFC 9111 §5.5, `299 - "text"`): texts in quotes, without control characters, as UTF-8
 * bytes in the Latin-1 form that HTTP headers take. What exceeds 4,096 characters is left out.
 */
export function formatWarnings(texts: Iterable<string>): string {
  const warnings: string[] = [];
  let characters = 0;
  for (const text of texts) {
    characters += text.length;
    if (characters > warningCharactersMax) break;
    const quoted = text.replaceAll(/\p{Cc}+/gu, ' ').replaceAll(/["\\]/g, String.raw`\$&`);
    warnings.push(`299 - "${Buffer.from(quoted, 'utf8').toString('latin1')}"`);
  }
  return warnings.join(', ');
}
