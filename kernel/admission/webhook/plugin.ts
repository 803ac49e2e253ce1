import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../ports/admission.ts';
import type { CoveringIndex } from '../covering-index.ts';
import type { AskedWebhook } from '../decision-metrics.ts';
import type { FollowedObjects } from '../followed-objects.ts';
import { isExempt } from '../matching.ts';
import type { askMutating, askValidating, WebhookPorts } from './decide.ts';
import type { ReadyWebhook } from './ready-webhook.ts';

/** Asks the webhooks of MutatingWebhookConfigurations, which may change what is written (`MutatingAdmissionWebhook`). */
export function mutatingWebhooks(objects: FollowedObjects, ports: WebhookPorts): AdmissionPlugin {
  const webhooks = new Webhooks(objects, 'mutatingwebhookconfigurations', 'admit');
  return {
    name: 'MutatingAdmissionWebhook',
    handles: (attributes) => webhooks.mayMatch(attributes),
    async mutateInRounds(draft, attributes, { signal }) {
      const { set, askMutating: askAll } = await webhooks.load();
      return askAll(set.covering(attributes), draft, { attributes, type: webhooks.type, ports, signal });
    },
    // There is no draft of what is deleted: the webhooks can only refuse.
    async validate(object, attributes, { signal }) {
      if (attributes.operation === 'delete') await webhooks.validate(object, attributes, { ports, signal });
    },
  };
}

/** Asks the webhooks of ValidatingWebhookConfigurations (`ValidatingAdmissionWebhook`). */
export function validatingWebhooks(objects: FollowedObjects, ports: WebhookPorts): AdmissionPlugin {
  const webhooks = new Webhooks(objects, 'validatingwebhookconfigurations', 'validating');
  return {
    name: 'ValidatingAdmissionWebhook',
    handles: (attributes) => webhooks.mayMatch(attributes),
    validate: (object, attributes, { signal }) => webhooks.validate(object, attributes, { ports, signal }),
  };
}

/** What is loaded when it is first needed. */
interface Loaded {
  readonly set: CoveringIndex<ReadyWebhook>;
  readonly askMutating: typeof askMutating;
  readonly askValidating: typeof askValidating;
}

/** The webhooks of one kind of configuration. */
class Webhooks {
  readonly #objects: FollowedObjects;
  readonly #resource: string;
  /** What they may do, as metrics name that. */
  readonly type: AskedWebhook['type'];
  #loaded: Loaded | undefined;

  constructor(objects: FollowedObjects, plural: string, type: AskedWebhook['type']) {
    this.type = type;
    this.#objects = objects;
    this.#resource = `${plural}.admissionregistration.k8s.io`;
  }

  mayMatch(attributes: AdmissionAttributes): boolean {
    if (this.#objects.count(this.#resource) === 0 || isExempt(attributes.definition)) return false;
    return this.#loaded === undefined || this.#loaded.set.covering(attributes).length > 0;
  }

  async validate(
    object: KubeObject | undefined,
    attributes: AdmissionAttributes,
    { ports, signal }: { readonly ports: WebhookPorts; readonly signal: AbortSignal },
  ): Promise<void> {
    const { set, askValidating: askAll } = await this.load();
    await askAll(set.covering(attributes), object, { attributes, type: this.type, ports, signal });
  }

  async load(): Promise<Loaded> {
    if (this.#loaded !== undefined) return this.#loaded;
    const [decide, { webhookSet }] = await Promise.all([import('./decide.ts'), import('./ready-webhook.ts')]);
    const { askMutating: mutate, askValidating: validate } = decide;
    this.#loaded ??= { set: webhookSet(this.#objects, this.#resource), askMutating: mutate, askValidating: validate };
    return this.#loaded;
  }
}
