import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { UnreadAnswers } from './unread-answers.ts';

test('UnreadAnswers gives up what has waited longest, and nothing that waits for a moment only', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400, clock);
  const cut: string[] = [];
  const answer = (name: string) => ({ lateSinceMs: clock.monotonicMs(), cut: () => void cut.push(name) });
  assert.ok(answers.add(answer('older'), 40));
  await clock.advance(500);
  const old = answer('old');
  assert.ok(answers.add(old, 40));
  assert.ok(!answers.add(answer('new'), 40));
  await clock.advance(600);
  assert.ok(answers.add(answer('newer'), 40));
  assert.deepEqual(cut, ['older']);
  answers.remove(old);
  assert.ok(answers.add(answer('newest'), 60));
  assert.ok(!answers.add(answer('whole'), 101));
});

test('UnreadAnswers keeps room for small answers', () => {
  const answers = new UnreadAnswers(400_000, new VirtualClock());
  const answer = () => ({ lateSinceMs: 0, cut: () => assert.fail('too young') });
  for (let count = 0; count < 3; count++) assert.ok(answers.add(answer(), 100_000));
  assert.ok(!answers.add(answer(), 100_000));
  assert.ok(answers.add(answer(), 60_000));
  assert.ok(!answers.add(answer(), 60_000));
});

test('UnreadAnswers counts late watchers beyond its bound, and cuts them when they stay late', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400_000, clock);
  let cutCount = 0;
  for (let count = 0; count < 10; count++) answers.note({ lateSinceMs: 0, cut: () => void cutCount++ }, 100_000);
  assert.equal(cutCount, 0);
  assert.ok(answers.hasRoom(50_000));
  await clock.advance(1_000);
  assert.ok(answers.hasRoom(100_000));
  assert.equal(cutCount, 8);
});

test('UnreadAnswers does not give up what is still being made, however long that takes', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400, clock);
  assert.ok(answers.add({ lateSinceMs: undefined, cut: () => assert.fail('its client waits for the server') }, 80));
  await clock.advance(10_000);
  assert.ok(!answers.hasRoom(40));
});
