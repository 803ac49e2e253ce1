/** A number of things for people: `1 object`, `2 objects`. `plural` is for nouns that take more than an s. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
