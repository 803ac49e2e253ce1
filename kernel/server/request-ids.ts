import type { Random } from '../base/random.ts';

/** Characters of a UUID that count requests: 48 bits. */
const counterCharacters = 12;

/** Names requests by UUIDs of which only the last part changes: a random one for each would cost more than its answer. */
export class RequestIds {
  readonly #prefix: string;
  #count = 0;

  constructor(random: Random) {
    this.#prefix = random.uuid().slice(0, -counterCharacters);
  }

  next(): string {
    return this.#prefix + (++this.#count).toString(16).padStart(counterCharacters, '0');
  }
}
