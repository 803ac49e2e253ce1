/**
 * How many indexes a text such as `1,3-5` names, in rising order and all below `completions`, or what is wrong with it
 * (Kubernetes `validateIndexesFormat`).
 */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let [count, last] = [0, -1];
  for (const interval of text.split(',')) {
    const bounds = interval.split('-');
    if (bounds.length > 2) {
      return `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    }
    for (const bound of bounds) {
      if (!/^[+]?\d+$/.test(bound)) return `cannot convert string to integer for index: ${JSON.stringify(bound)}`;
      if (Number(bound) >= completions) return `too large index: ${JSON.stringify(bound)}`;
    }
    const [first = 0, end = first] = bounds.map(Number);
    if (bounds.length === 2 && first >= end) return `non-increasing order, previous: ${first}, current: ${end}`;
    if (last >= first) return `non-increasing order, previous: ${last}, current: ${first}`;
    count += end - first + 1;
    last = end;
  }
  return count;
}
