import type { KubeObject } from '../../../kernel/meta/object.ts';
import type { PrinterColumn } from '../../../kernel/schema/kind.ts';

/** The part of a PersistentVolume and of a PersistentVolumeClaim that both have. */
type Volume = KubeObject & {
  readonly spec?: {
    readonly storageClassName?: string;
    readonly volumeAttributesClassName?: string;
    readonly volumeMode?: string;
  };
};

const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

/** `RWO,RWX`, always in the same order and each once. */
export function formatAccessModes(modes: readonly string[] = []): string {
  const given = Object.entries(shortModes).filter(([mode]) => modes.includes(mode));
  return given.map(([, short]) => short).join(',');
}

/** The column of the StorageClass; volumes from before the field existed name it in an annotation. */
export const storageClassColumn: PrinterColumn = {
  name: 'StorageClass',
  type: 'string',
  description: 'Class it is of.',
  value: ({ metadata, spec }: Volume) =>
    metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? spec?.storageClassName ?? '',
};

/** The column of the VolumeAttributesClass. */
export const volumeAttributesClassColumn: PrinterColumn = {
  name: 'VolumeAttributesClass',
  type: 'string',
  description: 'Class of its attributes.',
  value: ({ spec }: Volume) => spec?.volumeAttributesClassName ?? '<unset>',
};

/** The column `-o wide` adds. */
export const volumeModeColumn: PrinterColumn = {
  name: 'VolumeMode',
  type: 'string',
  priority: 1,
  description: 'Whether it holds files or is a block device.',
  value: ({ spec }: Volume) => spec?.volumeMode ?? '<unset>',
};

/** The column of the name of a class, with a mark on the default one. */
export function classNameColumn(annotation: string): PrinterColumn {
  return {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name of the class.',
    value: ({ metadata }: KubeObject) =>
      metadata.annotations?.[annotation] === 'true' ? `${metadata.name} (default)` : metadata.name,
  };
}
