import type { KindDefinition } from '../../schema/kind.ts';

/** The kinds of a running server, as the controller of definitions changes them. */
export interface ServedKinds {
  list(): readonly KindDefinition[];
  find(group: string, plural: string): KindDefinition | undefined;
  /** Starts serving a kind, or replaces the definition of one that is served. */
  add(kind: KindDefinition): void;
  /** Stops serving a kind. @returns false when it was not served. */
  remove(group: string, plural: string): boolean;
}
