/** One line of a Markdown table; numbers get three significant digits or so. */
export function row(...cells: readonly (string | number)[]): void {
  console.log(`| ${cells.map((cell) => (typeof cell === 'number' ? shown(cell) : cell)).join(' | ')} |`);
}

/** Head of a Markdown table. */
export function head(...titles: readonly string[]): void {
  console.log(`\n| ${titles.join(' | ')} |\n|${'---|'.repeat(titles.length)}`);
}

function shown(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value.toFixed(value >= 10 ? 1 : 2);
}
