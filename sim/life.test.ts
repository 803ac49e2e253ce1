import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Life } from './life.ts';
import { Timeline } from './timeline.ts';

function newLife(timeline: Timeline): { readonly life: Life; readonly crashes: number[] } {
  const crashes: number[] = [];
  const life = new Life(timeline, { onCrash: () => crashes.push(timeline.nowMs), onSpin: () => undefined });
  return { life, crashes };
}

describe('Life', () => {
  test('a call in flight when the life ends is never answered, and later ones have no effect', async () => {
    const timeline = new Timeline();
    const { life, crashes } = newLife(timeline);
    let effects = 0;
    const port = life.guard({
      async write() {
        effects++;
        await timeline.sleep(10);
        return 'done';
      },
    });
    const answers: string[] = [];
    void port.write().then((answer) => answers.push(answer));
    timeline.after(5, () => life.crash());
    await timeline.runUntil(20);
    void port.write().then((answer) => answers.push(answer));
    await timeline.runUntil(40);
    assert.deepEqual({ effects, answers, crashes }, { effects: 1, answers: [], crashes: [5] });
  });

  test('its clock stands still once it has ended', async () => {
    const timeline = new Timeline();
    const { life } = newLife(timeline);
    const clock = life.clock();
    let fired = false;
    clock.timer(10, () => {
      fired = true;
    });
    life.crash();
    await timeline.runUntil(20);
    assert.equal(fired, false);
  });

  test('a planned crash hits before or after a call took effect', async () => {
    const outcomes = new Set<string>();
    for (const calls of [1, 2, 3, 4]) {
      const timeline = new Timeline();
      const { life } = newLife(timeline);
      let effects = 0;
      let answers = 0;
      const port = life.guard({
        write: async () => {
          effects++;
        },
      });
      life.crashAfter(calls);
      void (async () => {
        for (;;) {
          await port.write();
          answers++;
        }
      })();
      await timeline.runUntil(1);
      outcomes.add(`${effects}/${answers}`);
    }
    assert.deepEqual([...outcomes], ['0/0', '1/0', '1/1', '2/1']);
  });

  test('a program that turns in circles is stopped', async () => {
    const timeline = new Timeline();
    const messages: string[] = [];
    const life = new Life(timeline, { onCrash: () => undefined, onSpin: (message) => messages.push(message) });
    const port = life.guard({ read: async () => 1 });
    void (async () => {
      for (;;) await port.read();
    })();
    await timeline.runUntil(1);
    assert.equal(messages.length, 1);
  });

  test('sleep ends with the abort reason', async () => {
    const timeline = new Timeline();
    const { life } = newLife(timeline);
    const stop = new AbortController();
    const sleeping = life.clock().sleep(50, stop.signal);
    const rejected = assert.rejects(sleeping, /enough/);
    timeline.after(5, () => stop.abort(new Error('enough')));
    await timeline.runUntil(100);
    await rejected;
  });
});
