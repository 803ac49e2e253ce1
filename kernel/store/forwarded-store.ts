import type { Store } from '../ports/store.ts';

/** A store that passes every call on to `store`: what a store that changes only some of them is made from. */
export function forwardedStore(store: Store): Store {
  return {
    recovery: store.recovery,
    append: (commit) => store.append(commit),
    appendRecords: (records) => store.appendRecords(records),
    readRecords: (...range) => store.readRecords(...range),
    forgetRecords: (sequence) => store.forgetRecords(sequence),
    readCurrent: (...page) => store.readCurrent(...page),
    readLog: (...page) => store.readLog(...page),
    readFloor: (signal) => store.readFloor(signal),
    readEvicted: (signal) => store.readEvicted(signal),
    readCommitEnd: (revision, signal) => store.readCommitEnd(revision, signal),
    readHistory: (...range) => store.readHistory(...range),
    readAsOf: (...page) => store.readAsOf(...page),
    readHistoryFloor: (...scope) => store.readHistoryFloor(...scope),
    readRevisionAt: (atMs, signal) => store.readRevisionAt(atMs, signal),
    compact: (bounds, signal) => store.compact(bounds, signal),
    replaceValues: (values) => store.replaceValues(values),
    eraseReplaced: () => store.eraseReplaced(),
    backup: (path, signal) => store.backup(path, signal),
    close: () => store.close(),
  };
}
