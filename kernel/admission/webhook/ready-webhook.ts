import type { CachedObject } from '../../cache/cached-object.ts';
import type { WebhookAddress } from '../../schema/kind.ts';
import { compileConditions, type NamedExpression } from '../../schema/policy/compile.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../schema/standard/types.ts';
import { CoveringIndex } from '../covering-index.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { compileMatcher, type Matcher } from '../matching.ts';

/** A webhook ready to be asked. */
export interface ReadyWebhook {
  readonly name: string;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly matcher: Matcher;
  readonly conditions: readonly NamedExpression[];
  readonly address: WebhookAddress;
  readonly timeoutMs: number;
  /** Of AdmissionReview. */
  readonly reviewVersion: string;
  /** Asked again when others changed the object after it. */
  readonly isReinvoked: boolean;
}

/** Versions of AdmissionReview that are spoken. */
const reviewVersions = ['v1', 'v1beta1'];

/** Webhooks of one kind of configuration, by what they can be about, in the order of the names of their configurations. */
export function webhookSet(objects: FollowedObjects, resource: string): CoveringIndex<ReadyWebhook> {
  const ready = new WeakMap<CachedObject, readonly ReadyWebhook[]>();
  const webhooksOf = (stored: CachedObject): readonly ReadyWebhook[] => {
    const known = ready.get(stored);
    if (known !== undefined) return known;
    const { webhooks = [] }: MutatingWebhookConfiguration = stored.parsed();
    const made = webhooks.map(readyWebhook);
    ready.set(stored, made);
    return made;
  };
  const build = () => objects.list(resource).flatMap(webhooksOf);
  return new CoveringIndex({ objects, build, matcherOf: ({ matcher }) => matcher });
}

function readyWebhook(webhook: MutatingWebhook | ValidatingWebhook): ReadyWebhook {
  const { name, failurePolicy = 'Fail', rules = [], timeoutSeconds = 10, admissionReviewVersions } = webhook;
  const available = { hasParams: false, hasAuthorizer: true };
  return {
    name,
    failurePolicy,
    matcher: compileMatcher({ ...webhook, resourceRules: rules }, 'nothing'),
    conditions: compileConditions(webhook.matchConditions, available, 'stored'),
    address: addressOf(webhook.clientConfig),
    timeoutMs: timeoutSeconds * 1_000,
    reviewVersion: admissionReviewVersions.find((version) => reviewVersions.includes(version)) ?? 'v1',
    isReinvoked: 'reinvocationPolicy' in webhook && webhook.reinvocationPolicy === 'IfNeeded',
  };
}

function addressOf({ url, service, caBundle }: WebhookClientConfig): WebhookAddress {
  return {
    ...(url === undefined ? {} : { url }),
    ...(caBundle === undefined ? {} : { caBundle }),
    ...(service === undefined ? {} : { service: { ...service, path: service.path ?? '', port: service.port ?? 443 } }),
  };
}
