import type { Clock } from '../../base/clock.ts';
import type { ControllerDefinition } from '../../controller/controller.ts';
import { settled } from '../../controller/outcome.ts';
import { localKey } from '../../meta/key.ts';
import type { ResourceQuota } from '../../schema/standard/types.ts';
import type { QuotaUse } from './ports.ts';
import { resourceQuotaKind } from './type.ts';

/** Least time between two looks at a quota whose use keeps changing. */
const lookIntervalMs = 1_000;

/** Keeps the status of quotas equal to what is used and limited: at once, and then at most once a second. */
export function resourceQuotaController(use: QuotaUse, clock: Clock): ControllerDefinition<ResourceQuota> {
  /** Quotas that were looked at within the last interval; true: their use has changed since. */
  const recent = new Map<string, boolean>();
  return {
    name: 'resourcequota',
    kind: resourceQuotaKind,
    rules: [],
    attach(trigger) {
      const look = (namespace: string, name: string) => {
        const key = localKey(namespace, name);
        if (recent.has(key)) {
          recent.set(key, true);
          return;
        }
        recent.set(key, false);
        trigger({ namespace, name });
        clock.timer(lookIntervalMs, () => {
          const hasChanged = recent.get(key) === true;
          recent.delete(key);
          if (hasChanged) look(namespace, name);
        });
      };
      use.onChange(look);
    },
    async reconcile({ object, status }) {
      const { namespace = '', name } = object.metadata;
      const used = use.used(namespace, name);
      if (used === undefined) return settled;
      status.hard = { ...object.spec?.hard };
      status.used = { ...used };
      return settled;
    },
  };
}
