/** The parts of a time as Go's layouts name them, and what each must look like. */
const dateParts: readonly (readonly [layout: string, pattern: RegExp])[] = [
  ['2006', /^\d{4}/],
  ['-', /^-/],
  ['01', /^\d\d/],
  ['-', /^-/],
  ['02', /^\d\d/],
  ['T', /^T/],
  ['15', /^\d\d/],
  [':', /^:/],
  ['04', /^\d\d/],
  [':', /^:/],
  ['05', /^\d\d/],
];
const zone = ['Z07:00', /^(?:Z|[+-]\d\d:\d\d)/] as const;

const layouts = {
  'date-time': [...dateParts, ['', /^(?:\.\d+)?/] as const, zone],
  'micro-time': [...dateParts, ['.000000', /^\.\d{6}(?!\d)/] as const, zone],
};

/** What Go says of a text that is no time (`time.ParseError`): the first part of the layout that does not fit. */
export function timeProblem(text: string, format: keyof typeof layouts): string {
  const parts = layouts[format];
  const layout = parts.map(([part]) => part).join('');
  const parsing = `parsing time ${JSON.stringify(text)}`;
  let rest = text;
  for (const [part, pattern] of parts) {
    const found = pattern.exec(rest);
    if (found === null)
      return `${parsing} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;
    rest = rest.slice(found[0].length);
  }
  return rest === '' ? `${parsing}: day out of range` : `${parsing}: extra text: ${JSON.stringify(rest)}`;
}
