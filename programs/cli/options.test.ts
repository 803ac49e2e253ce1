import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { listOption, portOption, wholeNumber } from './options.ts';

test('wholeNumber() takes whole numbers within its bounds only', () => {
  const parse = wholeNumber(1, 32);
  assert.equal(parse('1'), 1);
  assert.equal(parse('32'), 32);
  for (const text of ['0', '33', '-1', '1.5', '1e1', '0x1', '', ' ', 'two', '99999999999999999999']) {
    assert.throws(() => parse(text), /It must be a whole number from 1 to 32\./, JSON.stringify(text));
  }
});

test('portOption() names the option and the value it refuses', () => {
  const command = new Command('x')
    .addOption(portOption('a port'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(['--port', '8080'], { from: 'user' });
  assert.equal(command.opts()['port'], 8080);
  assert.throws(() => command.parse(['--port', '70000'], { from: 'user' }), /--port.*70000.*from 1 to 65535/);
});

test('listOption() gathers values', () => {
  const parse = (...args: readonly string[]): unknown =>
    new Command('x').addOption(listOption('--label <text>', 'a label')).parse(args, { from: 'user' }).opts()['label'];
  assert.deepEqual(parse(), []);
  assert.deepEqual(parse('--label', 'a=1', '--label', 'b=2'), ['a=1', 'b=2']);
  assert.deepEqual(parse('--label', 'c=3'), ['c=3'], 'not from the command before');
});
