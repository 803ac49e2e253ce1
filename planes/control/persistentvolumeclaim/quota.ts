import { compareQuantities, parseQuantity, type Quantity, quantityOf } from '../../../kernel/meta/quantity.ts';
import type { QuotaEvaluator } from '../../../kernel/schema/quota.ts';
import { isNameInScope } from '../../../kernel/schema/quota.ts';
import type { PersistentVolumeClaim } from '../../../kernel/schema/standard/types.ts';

const classSuffix = '.storageclass.storage.k8s.io/';
const [claims, storage] = ['persistentvolumeclaims', 'requests.storage'];
/** Where the class stood before it had a field. */
const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** What claims use of quotas: themselves and their storage, in all and of their class. */
export const claimQuota: QuotaEvaluator<PersistentVolumeClaim> = {
  uses: (resource) => [claims, storage].some((name) => resource === name || resource.endsWith(`${classSuffix}${name}`)),
  usage(claim) {
    const one = quantityOf(1);
    const asked = storageOf(claim);
    const storageClass = claim.metadata.annotations?.[classAnnotation] ?? claim.spec?.storageClassName ?? '';
    const own: readonly (readonly [string, Quantity])[] = [
      [claims, one],
      ...(asked === undefined ? [] : [[storage, asked] as const]),
    ];
    const ofClass = own.map(([name, amount]) => [`${storageClass}${classSuffix}${name}`, amount] as const);
    return new Map(storageClass === '' ? own : [...own, ...ofClass]);
  },
  isInScope({ spec, status }, scope) {
    if (scope.scopeName !== 'VolumeAttributesClass') return false;
    const { currentVolumeAttributesClassName: current, modifyVolumeStatus: change } = status ?? {};
    const classes = [spec?.volumeAttributesClassName, current, change?.targetVolumeAttributesClassName];
    return classes.some((name) => isNameInScope(scope, name ?? ''));
  },
};

/** What is asked for, or what is given already where that is more, in whole bytes. */
function storageOf({ spec, status }: PersistentVolumeClaim): Quantity | undefined {
  const asked = parseQuantity(spec?.resources?.requests?.['storage'] ?? '');
  const given = parseQuantity(status?.allocatedResources?.['storage'] ?? '');
  if (asked === undefined) return undefined;
  const most = given !== undefined && compareQuantities(given, asked) > 0 ? given : asked;
  const rest = most.nanos % 1_000_000_000n;
  return rest === 0n ? most : { nanos: most.nanos - rest + 1_000_000_000n, format: most.format };
}
