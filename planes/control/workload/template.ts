import { canonicalJson } from '../../../kernel/meta/canonical-json.ts';
import { jsonEquals } from '../../../kernel/meta/json.ts';
import type { PodTemplateSpec } from '../../../kernel/schema/standard/types.ts';

/** Label that tells the pods of one pod template from those of another. */
export const templateHashLabel = 'pod-template-hash';

/**
 * A short text that is the same for equal templates whatever the order of their fields, and stays the same for ever:
 * names of ReplicaSets contain it. `collisionCount` gives another one when two templates happen to share it.
 */
export function templateHash(template: PodTemplateSpec, collisionCount = 0): string {
  return encodeSafe(fnv1a(canonicalJson(withoutHash(template)) + (collisionCount === 0 ? '' : `#${collisionCount}`)));
}

/** True if both templates make the same pods; the hash label does not count. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return jsonEquals(withoutHash(a), withoutHash(b));
}

/** The part of a template that counts; `creationTimestamp: null` is what older Go clients write for nothing. */
function withoutHash(template: PodTemplateSpec): unknown {
  const { creationTimestamp: created, labels, ...metadata } = template.metadata ?? {};
  const { [templateHashLabel]: _hash, ...others } = labels ?? {};
  return {
    ...template,
    metadata: { ...metadata, ...(created ? { creationTimestamp: created } : {}), labels: others },
  };
}

/** 32-bit FNV-1a over UTF-16 code units, as decimal digits. */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return String(hash >>> 0);
}

/** Digits as characters that spell no words (apimachinery `rand.SafeEncodeString`). */
function encodeSafe(digits: string): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return Array.from(digits, (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}
