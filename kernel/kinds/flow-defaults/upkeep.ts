import { BoundedQueue } from '../../base/bounded-queue.ts';
import type { ControllerDefinition, Pass } from '../../controller/controller.ts';
import { isApiError } from '../../meta/errors.ts';
import type { Draft, KubeObject } from '../../meta/object.ts';
import type { Client } from '../../ports/client.ts';
import type { KindDefinition } from '../../schema/kind.ts';
import { type FlowDefault, planUpkeep, upkeepAnnotation } from './plan.ts';

/** Who writes the objects, as upstream names it. */
const fieldManager = 'api-priority-and-fairness-config-producer-v1';
/** Deleted objects that wait to be made again; there are not that many. */
const deletedMax = 100;

/** The parts of a controller that keep the objects every server has. */
export interface FlowUpkeep<T extends KubeObject>
  extends Required<Pick<ControllerDefinition<T>, 'rules' | 'forget' | 'run'>> {
  /** Puts one object right. @returns false when it is gone or was changed: the change brings another pass. */
  keep(pass: Pass<T>): Promise<boolean>;
}

/** Keeps the objects of a kind that every server has, also when somebody deletes them. */
export function flowUpkeep<T extends KubeObject & { readonly spec?: object }>(
  kind: KindDefinition<T>,
  defaults: readonly FlowDefault[],
): FlowUpkeep<T> {
  const find = (name: string) => defaults.find((one) => one.name === name);
  const deleted = new BoundedQueue<FlowDefault>(deletedMax);
  return {
    rules: [{ verbs: ['create', 'update', 'delete'], groups: [kind.group], resources: [kind.plural] }],
    forget({ name }) {
      const wanted = find(name);
      if (wanted !== undefined) deleted.push(wanted);
    },
    async run({ client }, signal) {
      while (!signal.aborted) {
        const wanted = await deleted.take(signal);
        if (wanted !== undefined) await make(client, kind, wanted, signal);
      }
    },
    async keep({ object, client, signal }) {
      const { name } = object.metadata;
      const plan = planUpkeep(object, find(name));
      if (plan.kind === 'none') return true;
      if (plan.kind === 'remove') {
        await client.delete(kind, { name }, {}, signal);
        return false;
      }
      const { annotation, spec = object.spec } = plan;
      const own = annotation === undefined ? {} : { [upkeepAnnotation]: annotation };
      const annotations = { ...object.metadata.annotations, ...own };
      const draft = { ...object, metadata: { ...object.metadata, annotations }, spec };
      await client.update(kind, draft as Draft<T>, { fieldManager }, signal);
      return false;
    },
  };
}

async function make<T extends KubeObject>(
  client: Client,
  kind: KindDefinition<T>,
  { name, spec }: FlowDefault,
  signal: AbortSignal,
): Promise<void> {
  const metadata = { name, annotations: { [upkeepAnnotation]: 'true' } };
  try {
    await client.create(kind, { metadata, spec } as Draft<KubeObject> as Draft<T>, { fieldManager }, signal);
  } catch (error) {
    // Somebody else made it meanwhile: then its own pass looks after it.
    if (!isApiError(error, 'AlreadyExists')) throw error;
  }
}
