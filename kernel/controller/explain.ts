import { formatTime } from '../base/clock.ts';
import { formatResource, localKey } from '../meta/key.ts';
import { encodeJson } from '../meta/json.ts';
import type { SubresourceHandler } from '../ports/endpoint.ts';
import type { KindDefinition } from '../schema/kind.ts';
import type { OutcomeBook, OutcomeEntry } from './outcome-book.ts';

/** What one controller said last about an object, as `GET …/<object>/explain` shows it. */
export interface ControllerExplanation {
  readonly controller: string;
  /** When, RFC 3339. */
  readonly time: string;
  /** Settled: nothing to do. Waiting: on its way. Stalled: a person has to act. Failed: tried again with back-off. */
  readonly state: 'Settled' | 'Waiting' | 'Stalled' | 'Failed';
  readonly reason?: string;
  readonly message?: string;
  /** When it looks again at the latest, seconds after `time`. */
  readonly againInSeconds?: number;
  /** What it waits for. */
  readonly on?: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[];
}

/** Serves the last word of every controller about an object as its subresource `explain`. */
export function explainHandlers(
  kinds: readonly KindDefinition[],
  outcomes: OutcomeBook,
): readonly SubresourceHandler[] {
  return kinds.map((kind) => {
    const resource = formatResource(kind.plural, kind.group);
    return {
      resource,
      subresource: 'explain',
      verbs: { GET: 'get' },
      kind: 'ObjectExplanation',
      handle: ({ namespace, name }) => {
        const controllers = outcomes.read(resource, localKey(namespace, name)).map(explanationOf);
        const metadata = namespace === '' ? { name } : { name, namespace };
        const body = { kind: 'ObjectExplanation', apiVersion: 'kernel.planform.dev/v1alpha1', metadata, controllers };
        return Promise.resolve({
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: encodeJson(body),
        });
      },
    };
  });
}

function explanationOf({ controller, atMs, result }: OutcomeEntry): ControllerExplanation {
  const said = { controller, time: formatTime(atMs) };
  if (result.kind === 'failure') {
    return { ...said, state: 'Failed', message: result.message, againInSeconds: Math.ceil(result.retryInMs / 1000) };
  }
  const { outcome } = result;
  switch (outcome.kind) {
    case 'settled':
      return { ...said, state: 'Settled' };
    case 'waiting': {
      const { reason, message, on, afterMs } = outcome;
      const details = { ...(message === undefined ? {} : { message }), ...(on === undefined ? {} : { on }) };
      return { ...said, state: 'Waiting', reason, againInSeconds: Math.ceil(afterMs / 1000), ...details };
    }
    case 'stalled': {
      const { reason, message, on } = outcome;
      return { ...said, state: 'Stalled', reason, message, ...(on === undefined ? {} : { on }) };
    }
  }
}
