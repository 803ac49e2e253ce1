import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { dealHand, flowHash } from './hand.ts';

test('dealHand() deals different cards of the deck', () => {
  fc.assert(
    fc.property(
      fc.bigInt(0n, (1n << 60n) - 1n),
      fc.integer({ min: 1, max: 128 }),
      fc.integer({ min: 1, max: 8 }),
      (hash, deck, size) => {
        const hand = dealHand(hash, deck, Math.min(size, deck));
        assert.equal(new Set(hand).size, Math.min(size, deck));
        assert.ok(hand.every((card) => card >= 0 && card < deck));
      },
    ),
  );
});

test('dealHand() gives every pair of queues about as often', () => {
  const counts = new Map<string, number>();
  const rounds = 20_000;
  for (let round = 0; round < rounds; round++) {
    const key = String(dealHand(flowHash('fair', `user-${round}`), 8, 2).toSorted((a, b) => a - b));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 28); // 8 over 2
  for (const count of counts.values()) assert.ok(count > (rounds / 28) * 0.8 && count < (rounds / 28) * 1.2);
});

// Kubernetes apiserver util/shufflesharding: the hash is read as digits of a mixed base, smallest card first.
test('dealHand() deals as kube-apiserver does', () => {
  assert.deepEqual(dealHand(0n, 128, 3), [0, 1, 2]);
  assert.deepEqual(dealHand(128n * 127n - 1n, 128, 2), [127, 126]);
  assert.deepEqual(dealHand(5n + 128n * 5n, 128, 2), [5, 6]);
});
