import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { UnreadAnswers } from './unread-answers.ts';

let senderCount = 0;
/** Somebody else each time, so that only the bound on all of them counts. */
const somebody = () => `user-${senderCount++}`;

test('UnreadAnswers gives up what has waited longest, and nothing that waits for a moment only', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400, clock);
  const cut: string[] = [];
  const answer = (name: string) => ({
    sender: somebody(),
    lateSinceMs: clock.monotonicMs(),
    cut: () => void cut.push(name),
  });
  assert.ok(answers.add(answer('older'), 40));
  await clock.advance(500);
  const old = answer('old');
  assert.ok(answers.add(old, 40));
  assert.ok(!answers.add(answer('new'), 40));
  await clock.advance(600);
  assert.ok(answers.add(answer('newer'), 40));
  assert.deepEqual([cut, answers.cutCount, answers.bytes], [['older'], 1, 80]);
  answers.remove(old);
  assert.ok(answers.add(answer('newest'), 60));
  assert.ok(!answers.add(answer('whole'), 101));
});

test('UnreadAnswers keeps room for small answers', () => {
  const answers = new UnreadAnswers(400_000, new VirtualClock());
  const answer = () => ({ sender: somebody(), lateSinceMs: 0, cut: () => assert.fail('too young') });
  for (let count = 0; count < 3; count++) assert.ok(answers.add(answer(), 100_000));
  assert.ok(!answers.add(answer(), 100_000));
  assert.ok(answers.add(answer(), 60_000));
  assert.ok(!answers.add(answer(), 60_000));
});

test('UnreadAnswers keeps room from each user for the others, and gives up its own answers for it', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400_000, clock);
  const cut: string[] = [];
  const answerTo = (sender: string) => ({ sender, lateSinceMs: 0, cut: () => void cut.push(sender) });
  assert.ok(answers.add(answerTo('greedy'), 200_000));
  assert.ok(!answers.add(answerTo('greedy'), 70_000));
  assert.ok(answers.add(answerTo('modest'), 70_000));
  await clock.advance(1_000);
  assert.ok(answers.add(answerTo('greedy'), 70_000));
  assert.deepEqual(cut, ['greedy']);
});

test('UnreadAnswers counts late watchers beyond its bound, and cuts them when they stay late', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400_000, clock);
  let cutCount = 0;
  const late = () => ({ sender: somebody(), lateSinceMs: 0, cut: () => void cutCount++ });
  for (let count = 0; count < 10; count++) answers.note(late(), 100_000);
  assert.equal(cutCount, 0);
  assert.ok(answers.hasRoom('another', 50_000));
  await clock.advance(1_000);
  assert.ok(answers.hasRoom('another', 100_000));
  assert.equal(cutCount, 8);
});

test('UnreadAnswers does not give up what is still being made, however long that takes', async () => {
  const clock = new VirtualClock();
  const answers = new UnreadAnswers(400, clock);
  const made = {
    sender: somebody(),
    lateSinceMs: undefined,
    cut: () => assert.fail('its client waits for the server'),
  };
  assert.ok(answers.add(made, 80));
  await clock.advance(10_000);
  assert.ok(!answers.hasRoom('another', 40));
});
