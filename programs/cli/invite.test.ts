import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandError } from './exit.ts';
import { isLoopbackUrl, parseHubUrls, parseLabels } from './invite.ts';

function refuses(run: () => unknown, message: RegExp): void {
  assert.throws(run, (error) => error instanceof CommandError && message.test(error.message));
}

test('parseLabels() reads key=value', () => {
  assert.deepEqual(parseLabels(['tier=edge', 'x/y=', 'a=b=c']), { tier: 'edge', 'x/y': '', a: 'b=c' });
  refuses(() => parseLabels(['tier']), /--label is "tier": it must be key=value/);
  refuses(() => parseLabels(['=edge']), /--label is "=edge"/);
});

test('parseHubUrls() takes https addresses only', () => {
  assert.deepEqual(parseHubUrls(['https://hub.example.com:7443', 'https://10.0.0.1/']), [
    'https://hub.example.com:7443',
    'https://10.0.0.1',
  ]);
  for (const text of ['http://hub', 'hub:7443', 'https://hub/path', '']) {
    refuses(() => parseHubUrls([text]), /--hub-url is ".*": it must be https:\/\/<host>\[:<port>\]/);
  }
});

test('isLoopbackUrl() knows addresses that lead every machine to itself', () => {
  const urls = ['https://127.0.0.1:7443', 'https://localhost', 'https://[::1]:1', 'https://10.0.0.1', 'https://hub'];
  assert.deepEqual(urls.map(isLoopbackUrl), [true, true, true, false, false]);
});
