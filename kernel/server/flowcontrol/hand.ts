import { createHash } from 'node:crypto';

/** Entropy there is in a hash; the rules of PriorityLevelConfigurations allow no hand that needs more. */
const handBitsMax = 60n;

/** What tells flows apart, as a number of 60 bits: the same flow gets the same hand at every server (Kubernetes `hashFlowID`). */
export function flowHash(schema: string, distinguisher: string): bigint {
  const digest = createHash('sha256').update(schema).update('\0').update(distinguisher).digest();
  return BigInt.asUintN(Number(handBitsMax), digest.readBigUInt64LE());
}

/**
 * Shuffle sharding: the queues a flow may use, `handSize` different ones of `deckSize`. Two flows seldom have the same
 * hand, so a flow that floods all of its queues leaves most others some that it cannot reach.
 */
export function dealHand(hash: bigint, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < handSize; dealt++) {
    const left = BigInt(deckSize - dealt);
    let card = Number(rest % left);
    rest /= left;
    // The n-th card that is left: those that were dealt are skipped, smallest first.
    for (const taken of hand.toSorted((a, b) => a - b)) if (card >= taken) card++;
    hand.push(card);
  }
  return hand;
}
