import type { FieldErrorType } from '../meta/errors.ts';
import type { ObjectSchema } from './schema.ts';

/** An object being worked on: decoded JSON that nobody else holds. */
export type Draft = Record<string, unknown>;

/** A field error while the outer part of its path is still being put in front. */
export interface Finding {
  readonly type: FieldErrorType;
  path: string;
  readonly value: unknown;
  /** What is wrong, given the full path. */
  readonly describe: (path: string) => string;
  /** The error is about no field: its path is `<nil>`. */
  readonly isGeneral?: boolean;
  readonly origin: string;
}

/** The generated functions of one object schema. Each is compiled when first called. */
export interface ObjectPasses {
  /** Adds the paths of unknown fields, relative to the object. */
  prune: (object: Draft, unknown: string[]) => void;
  applyDefaults: (object: Draft) => void;
  /** Adds what is wrong, with paths relative to the object. */
  validate: (object: Readonly<Draft>, findings: Finding[]) => void;
}

/** Finds the passes of a nested object schema. */
export type PassesOf = (schema: ObjectSchema) => ObjectPasses;
