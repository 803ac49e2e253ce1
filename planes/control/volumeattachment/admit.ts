import type { FieldError } from '../../../kernel/meta/errors.ts';
import { checked, presentAnd, unchanged } from '../../../kernel/meta/field-rules.ts';
import { checkDnsSubdomain } from '../../../kernel/meta/names.ts';
import type { AdmitContext, KindAdmission } from '../../../kernel/schema/kind.ts';
import type { VolumeAttachment } from '../../../kernel/schema/standard/types.ts';

/** Rules of VolumeAttachments (Kubernetes `ValidateVolumeAttachment`, `ValidateVolumeAttachmentUpdate`). */
export const admitVolumeAttachment: KindAdmission<VolumeAttachment> = {
  mutate: (draft, old) => {
    if (old === undefined) draft['status'] = { attached: false };
  },
  validate: validateAttachment,
};

function validateAttachment(
  { spec }: VolumeAttachment,
  old: VolumeAttachment | undefined,
  { subresource }: AdmitContext,
): readonly FieldError[] {
  if (subresource === 'status') return [];
  if (old !== undefined) return unchanged('spec', spec, old.spec);
  const { inlineVolumeSpec, persistentVolumeName = '' } = spec.source ?? {};
  const errors: FieldError[] = [...presentAnd('spec.attacher', spec.attacher, checkDnsSubdomain)];
  if (inlineVolumeSpec === undefined && persistentVolumeName === '') {
    const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
    errors.push({ type: 'Required', path: 'spec.source', detail });
  }
  if (inlineVolumeSpec !== undefined && persistentVolumeName !== '') {
    const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
    errors.push({ type: 'Invalid', path: 'spec.source', value: spec.source, detail });
  }
  return [...errors, ...checked('spec.nodeName', spec.nodeName ?? '', checkDnsSubdomain)];
}
