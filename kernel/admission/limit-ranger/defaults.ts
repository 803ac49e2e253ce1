import { isPlainObject } from '../../meta/json.ts';
import type { LimitRange } from '../../schema/standard/types.ts';

/** Where pods say what was set for them. */
const annotation = 'kubernetes.io/limit-ranger';

type Draft = Record<string, unknown>;

/** Fills in the requests and limits that containers of a pod leave out, and says so in an annotation. */
export function setDefaults(pod: Draft, spec: Draft, { spec: range }: LimitRange): void {
  const items = (range?.limits ?? []).filter(({ type }) => type === 'Container');
  const amounts = (name: 'default' | 'defaultRequest') =>
    Object.assign({}, ...items.map((item) => item[name])) as Readonly<Record<string, string>>;
  const [limits, requests] = [amounts('default'), amounts('defaultRequest')];
  const notes: string[] = [];
  const fillAll = (containers: unknown, noun: string) => {
    for (const container of Array.isArray(containers) ? containers : []) {
      if (!isPlainObject(container)) continue;
      const resources = part(container, 'resources');
      const who = `${noun} ${container['name'] as string}`;
      const [setRequests, setLimits] = [fill(resources, 'requests', requests), fill(resources, 'limits', limits)];
      if (setRequests !== '') notes.push(`${setRequests} request for ${who}`);
      if (setLimits !== '') notes.push(`${setLimits} limit for ${who}`);
    }
  };
  fillAll(spec['containers'], 'container');
  fillAll(spec['initContainers'], 'init container');
  if (notes.length === 0) return;
  part(part(pod, 'metadata'), 'annotations')[annotation] = `LimitRanger plugin set: ${notes.join('; ')}`;
}

/** @returns the names that were filled in. */
function fill(resources: Draft, name: string, amounts: Readonly<Record<string, string>>): string {
  const absent = Object.keys(amounts).filter((one) => part(resources, name)[one] === undefined);
  for (const one of absent) part(resources, name)[one] = amounts[one];
  if (Object.keys(part(resources, name)).length === 0) delete resources[name];
  return absent.toSorted().join(', ');
}

function part(object: Draft, name: string): Draft {
  const found = object[name];
  if (isPlainObject(found)) return found;
  const made: Draft = {};
  object[name] = made;
  return made;
}
