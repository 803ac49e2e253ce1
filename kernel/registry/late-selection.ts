import type { CachedObject } from '../cache/cached-object.ts';
import { type CachedPage, keyAfter } from '../cache/resource-cache.ts';
import { parseFieldSelector } from '../meta/selectors.ts';
import type { WatchNotice } from '../ports/resources.ts';
import type { CompiledKind } from './compiled-kind.ts';

/** True if an object in the version that was asked for is wanted. */
export type LateSelection = (form: CachedObject) => boolean;

/**
 * What of a field selector only converted objects can answer: the fields of a version that a webhook makes. Everything else
 * is selected by the index rows of objects as they are stored. @returns `undefined` where nothing is.
 */
export function lateSelection(
  kind: CompiledKind,
  version: string,
  { fieldSelector = '' }: { readonly fieldSelector?: string },
): LateSelection | undefined {
  const { conversion, selectableFields = [] } = kind.definition;
  if (fieldSelector === '' || conversion?.strategy !== 'Webhook' || kind.isStoredIn(version)) return undefined;
  const terms = parseFieldSelector(fieldSelector).filter(({ field }) => !field.startsWith('metadata.'));
  if (terms.length === 0) return undefined;
  const readers = terms.map((term) => ({ ...term, read: selectableFields.find(({ label }) => label === term.field) }));
  return (form) => {
    const object = form.parsed() as never;
    return readers.every(({ read, operator, value }) => ((read?.value(object) ?? '') === value) === (operator === '='));
  };
}

/** The first `limit` of the wanted objects of a page that has everything. */
export function selectLate(forms: readonly CachedObject[], isWanted: LateSelection, limit: number): CachedPage {
  const wanted = forms.filter(isWanted);
  const last = wanted[limit - 1];
  if (last === undefined || wanted.length === limit) return { items: wanted, remaining: undefined };
  return { items: wanted.slice(0, limit), next: keyAfter(last.key), remaining: undefined };
}

/** What a watcher is told: objects that begin to be wanted are `ADDED`, those that are so no longer `DELETED`. */
export class LateNotices {
  readonly #isWanted: LateSelection;
  readonly #known: Set<string>;

  /** @param known keys of the objects that are wanted where the watch begins. */
  constructor(isWanted: LateSelection, known: Iterable<string>) {
    this.#isWanted = isWanted;
    this.#known = new Set(known);
  }

  /** @returns `undefined` when the watcher is told nothing. */
  of(notice: WatchNotice, form: CachedObject): WatchNotice | undefined {
    const isKnown = this.#known.has(form.key);
    const isWanted = notice.type !== 'DELETED' && this.#isWanted(form);
    if (isWanted) this.#known.add(form.key);
    else this.#known.delete(form.key);
    if (!isWanted && !isKnown) return undefined;
    const type = isWanted ? (isKnown ? 'MODIFIED' : 'ADDED') : 'DELETED';
    return type === notice.type ? notice : { ...notice, type, encodings: undefined };
  }
}
