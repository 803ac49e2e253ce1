import { isPlainObject } from '../../../kernel/meta/json.ts';
import type { KindAdmission } from '../../../kernel/schema/kind.ts';
import type { PersistentVolumeClaim } from '../../../kernel/schema/standard/types.ts';
import { type DraftObject, draftObject } from '../pod-spec/draft.ts';
import { validateClaim } from './validate.ts';

/** Defaults and rules of PersistentVolumeClaims (Kubernetes `persistentvolumeclaim/strategy.go`, `ValidatePersistentVolumeClaim`, `ValidatePersistentVolumeClaimUpdate`). */
export const admitPersistentVolumeClaim: KindAdmission<PersistentVolumeClaim> = {
  mutate: (draft, old) => {
    if (old === undefined) draft['status'] = { phase: 'Pending' };
  },
  prepare: (draft, old) => {
    const spec = draftObject(draft, 'spec');
    if (spec !== undefined) alignSources(spec, old);
  },
  validate: validateClaim,
};

/**
 * `dataSource` and `dataSourceRef` say the same in two ways. The older one only ever knew claims and snapshots: anything
 * else in it is dropped unless the newer one is there (Kubernetes `EnforceDataSourceBackwardsCompatibility`,
 * `NormalizeDataSources`).
 */
function alignSources(spec: DraftObject, old: PersistentVolumeClaim | undefined): void {
  const hadSource = old?.spec?.dataSource !== undefined || old?.spec?.dataSourceRef !== undefined;
  const isOldForm = spec['dataSource'] !== undefined && spec['dataSourceRef'] === undefined;
  if (isOldForm && !hadSource && !isClaimOrSnapshot(spec['dataSource'])) delete spec['dataSource'];
  const { dataSource, dataSourceRef } = spec;
  if (isPlainObject(dataSource) && dataSourceRef === undefined) spec['dataSourceRef'] = { ...dataSource };
  if (dataSource !== undefined || !isPlainObject(dataSourceRef)) return;
  const { namespace, ...source } = dataSourceRef;
  if (namespace === undefined || namespace === '') spec['dataSource'] = source;
}

function isClaimOrSnapshot(source: unknown): boolean {
  if (!isPlainObject(source)) return false;
  const { kind, apiGroup = '' } = source;
  return (
    (kind === 'PersistentVolumeClaim' && apiGroup === '') ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io')
  );
}
