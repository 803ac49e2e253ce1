import { ApiError } from '../meta/errors.ts';
import type { KubeObject } from '../meta/object.ts';

/** Request header that says why a change is made; UTF-8. */
export const changeReasonHeader = 'planform-change-reason';
/** Annotation that says it where a client cannot set a header (`kubectl annotate`, manifests). */
export const changeCauseAnnotation = 'kubernetes.io/change-cause';
/** Most characters of a reason. A longer annotation is cut in the history; it is the object's own affair. */
export const changeReasonCharactersMax = 512;

const controlCharacters = /\p{Cc}+/gu;

/**
 * The reason in the header of a request. @returns `undefined` when it is absent or blank.
 * @throws {ApiError} `BadRequest` when it is too long or more than one line.
 */
export function readChangeReason(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  // Header values arrive byte by byte.
  const text = Buffer.from(header, 'latin1').toString('utf8').trim();
  const found = `Cannot read the header "Planform-Change-Reason": it has`;
  if (text.length > changeReasonCharactersMax) {
    const limit = `at most ${changeReasonCharactersMax} are allowed`;
    throw new ApiError('BadRequest', `${found} ${text.length} characters, ${limit}`);
  }
  if (text.search(controlCharacters) >= 0) {
    throw new ApiError('BadRequest', `${found} control characters, only one line of text is allowed`);
  }
  return text === '' ? undefined : text;
}

/**
 * Why a write is made: what its request says, else the annotation `kubernetes.io/change-cause` if this write sets or changes
 * it. One that was there before speaks of an earlier write.
 */
export function changeReason(
  stated: string | undefined,
  object: KubeObject | undefined,
  old: KubeObject | undefined,
): string | undefined {
  if (stated !== undefined) return stated;
  const cause = object?.metadata.annotations?.[changeCauseAnnotation];
  if (cause === undefined || cause === old?.metadata.annotations?.[changeCauseAnnotation]) return undefined;
  const line = cause.replace(controlCharacters, ' ').trim().slice(0, changeReasonCharactersMax);
  return line === '' ? undefined : line;
}
