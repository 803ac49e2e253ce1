/** One of the five fields of a schedule. */
interface ScheduleField {
  readonly min: number;
  readonly max: number;
  /** Three-letter names, the first for `min` (months) or 0 (weekdays). */
  readonly names?: readonly string[];
}

const fields: readonly ScheduleField[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] },
  { min: 0, max: 6, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

const descriptors: ReadonlySet<string> = new Set([
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@daily',
  '@midnight',
  '@hourly',
]);

/**
 * What is wrong with a schedule in the crontab form upstream takes: five fields of numbers, names, ranges, lists and steps,
 * or a descriptor such as `@hourly` or `@every 90m`. Texts are those of the parser upstream uses (robfig/cron). Empty when
 * it is fine.
 */
export function checkSchedule(text: string): readonly string[] {
  if (text.startsWith('@')) return checkDescriptor(text);
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== fields.length) {
    return [`expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(' ')}]`];
  }
  for (const [index, field] of fields.entries()) {
    for (const part of (parts[index] ?? '').split(',')) {
      const problem = checkRange(part, field);
      if (problem !== undefined) return [problem];
    }
  }
  return [];
}

function checkDescriptor(text: string): readonly string[] {
  if (descriptors.has(text)) return [];
  const every = /^@every (.*)$/.exec(text)?.[1];
  if (every === undefined) return [`unrecognized descriptor: ${text}`];
  const isDuration = /^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$/.test(every);
  return isDuration ? [] : [`failed to parse duration ${text}: time: invalid duration ${JSON.stringify(every)}`];
}

/** `*`, `5`, `1-5`, `mon-fri`, each with an optional step: `*` + `/15`. */
function checkRange(text: string, field: ScheduleField): string | undefined {
  const [range = '', step, ...moreSteps] = text.split('/');
  const [low = '', high, ...moreHyphens] = range.split('-');
  if (moreHyphens.length > 0) return `too many hyphens: ${text}`;
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  const isAny = low === '*' || low === '?';
  const start = isAny ? field.min : readNumber(low, field);
  if (typeof start === 'string') return start;
  const openEnd = step === undefined ? start : field.max;
  const end = isAny ? field.max : high === undefined ? openEnd : readNumber(high, field);
  if (typeof end === 'string') return end;
  const every = step === undefined ? 1 : readNumber(step, { min: 0, max: 0 });
  if (typeof every === 'string') return every;
  if (start < field.min) return `beginning of range (${start}) below minimum (${field.min}): ${text}`;
  if (end > field.max) return `end of range (${end}) above maximum (${field.max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return every === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

/** The number, or what is wrong with it. */
function readNumber(text: string, { names = [], min }: ScheduleField): number | string {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  if (/^\+?[0-9]{1,9}$/.test(text)) return Number(text);
  if (/^-[0-9]+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
