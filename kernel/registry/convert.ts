import type { CachedObject } from '../cache/cached-object.ts';
import { encodeObject, hasApiVersion, withRevision } from '../cache/encoding.ts';
import type { Random } from '../base/random.ts';
import { cloneJson } from '../meta/json.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { WebhookCaller } from '../ports/webhook.ts';
import type { CompiledKind, MutableObject } from './compiled-kind.ts';
import { convertByWebhook, type WebhookTurn } from './convert-webhook.ts';
import { RememberedForms } from './remembered-forms.ts';

/** What conversions need. */
export interface ConversionOptions {
  readonly webhooks: WebhookCaller;
  readonly random: Random;
  /** Ends calls of webhooks when the registry closes; no single request does, since requests share what comes out. */
  readonly signal: AbortSignal;
}

/** Encoded bytes per generation of converted objects that are remembered; twice this is held at most. */
const rememberedBytesMax = 8 * 1024 * 1024;

/**
 * Objects in the versions clients speak. An object that is in that version already comes back as it is: the usual case,
 * and the only one that costs nothing. Other forms are made when they are asked for and remembered for a while. Only kinds
 * with a webhook make anybody wait.
 */
export class Conversions {
  readonly #options: ConversionOptions;
  readonly #forms = new RememberedForms(rememberedBytesMax);

  constructor(options: ConversionOptions) {
    this.#options = options;
  }

  /** One object in one version of its kind. @throws {ApiError} `Unknown` when the webhook fails. */
  inVersion(kind: CompiledKind, object: CachedObject, version: string): CachedObject | Promise<CachedObject> {
    const apiVersion = kind.apiVersion(version);
    if (hasApiVersion(object.bytes, apiVersion)) return object;
    const known = this.#forms.get(kind, object, apiVersion);
    if (known !== undefined) return known;
    const turn = this.#webhookTurn(kind, apiVersion);
    if (turn === undefined) return this.#remember(kind, object, convertValue(kind, object.parsed(), apiVersion));
    const converting = this.#byWebhook(kind, turn, [object]).then(([converted]) => converted as CachedObject);
    return this.#forms.await(kind, object, apiVersion, converting);
  }

  /** The same for many: a webhook gets those that need it together. */
  async allInVersion(
    kind: CompiledKind,
    objects: readonly CachedObject[],
    version: string,
  ): Promise<readonly CachedObject[]> {
    const apiVersion = kind.apiVersion(version);
    const turn = this.#webhookTurn(kind, apiVersion);
    const forms: (CachedObject | undefined)[] = objects.map((object) => {
      if (hasApiVersion(object.bytes, apiVersion)) return object;
      const known = this.#forms.get(kind, object, apiVersion);
      if (known !== undefined && !(known instanceof Promise)) return known;
      return turn === undefined
        ? this.#remember(kind, object, convertValue(kind, object.parsed(), apiVersion))
        : undefined;
    });
    const missing = objects.filter((_, index) => forms[index] === undefined);
    if (missing.length === 0 || turn === undefined) return forms as CachedObject[];
    const converted = (await this.#byWebhook(kind, turn, missing)).values();
    return forms.map((form) => form ?? (converted.next().value as CachedObject));
  }

  /** A value that is not stored (yet) in another form. */
  convert(kind: CompiledKind, object: KubeObject, apiVersion: string): KubeObject | Promise<KubeObject> {
    if (object.apiVersion === apiVersion) return object;
    const turn = this.#webhookTurn(kind, apiVersion);
    if (turn === undefined) return convertValue(kind, object, apiVersion);
    return convertByWebhook(turn, [{ object, byteCount: 0 }]).then(([value]) =>
      prunedTo(kind, value as KubeObject, apiVersion),
    );
  }

  /** What a call of the kind's webhook takes; `undefined` when the kind has none. */
  #webhookTurn(kind: CompiledKind, apiVersion: string): WebhookTurn | undefined {
    const { conversion } = kind.definition;
    if (conversion?.strategy !== 'Webhook') return undefined;
    const { webhooks: caller, random, signal } = this.#options;
    return { conversion, apiVersion, caller, random, signal };
  }

  async #byWebhook(
    kind: CompiledKind,
    turn: WebhookTurn,
    objects: readonly CachedObject[],
  ): Promise<readonly CachedObject[]> {
    const values = await convertByWebhook(
      turn,
      objects.map((object) => ({ object: object.parsed(), byteCount: object.bytes.length })),
    );
    return objects.map((object, index) =>
      this.#remember(kind, object, prunedTo(kind, values[index] as KubeObject, turn.apiVersion)),
    );
  }

  #remember(kind: CompiledKind, object: CachedObject, value: KubeObject): CachedObject {
    const shown = withRevision(value as KubeObject & JsonObject, object.revision);
    const converted = object.withBytes(encodeObject(shown), object.revision);
    this.#forms.set(kind, object, value.apiVersion, converted);
    return converted;
  }
}

/** Conversion without a webhook: by the functions of the kind, or by name alone. */
function convertValue(kind: CompiledKind, object: KubeObject, apiVersion: string): KubeObject {
  const { conversion } = kind.definition;
  if (conversion?.strategy === 'Functions') {
    return conversion.convert(object as KubeObject & JsonObject, apiVersion) as JsonObject & KubeObject;
  }
  return prunedTo(kind, { ...object, apiVersion }, apiVersion);
}

/** Without what the schema of the version does not know (apiextensions `schemaCoercingConverter`). */
function prunedTo(kind: CompiledKind, object: KubeObject, apiVersion: string): KubeObject {
  const draft: MutableObject = { ...cloneJson(object as KubeObject & JsonObject) };
  kind.schema(versionOf(apiVersion)).prune(draft);
  return draft as MutableObject & KubeObject;
}

function versionOf(apiVersion: string): string {
  return apiVersion.slice(apiVersion.indexOf('/') + 1);
}
