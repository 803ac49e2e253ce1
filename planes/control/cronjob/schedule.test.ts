import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSchedule } from './schedule.ts';

test('checkSchedule() accepts what crontabs say', () => {
  const good = ['* * * * *', '*/15 0-6,22 1 JAN-mar mon-fri', '0 0 31 12 ?', '5/10 * * * *', '@hourly', '@every 1h30m'];
  for (const text of good) assert.deepEqual(checkSchedule(text), [], text);
});

test('checkSchedule() says what is wrong as upstream does', () => {
  // Kubernetes: CronJobs are parsed by robfig/cron; its texts stand in the field error.
  const cases: readonly (readonly [text: string, problem: string])[] = [
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* 9-5 * * *', 'beginning of range (9) beyond end of range (5): 9-5'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['*/2/3 * * * *', 'too many slashes: */2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['@every x', 'failed to parse duration @every x: time: invalid duration "x"'],
  ];
  for (const [text, problem] of cases) assert.deepEqual(checkSchedule(text), [problem], text);
});
