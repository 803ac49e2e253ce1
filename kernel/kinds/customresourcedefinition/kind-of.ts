import { compilePath, type FieldReader } from '../../meta/field-path.ts';
import { isApiError } from '../../meta/errors.ts';
import { toNumber } from '../../meta/json.ts';
import type { KubeObject } from '../../meta/object.ts';
import { compareVersions } from '../../meta/version-order.ts';
import type {
  KindConversion,
  KindDefinition,
  KindVersion,
  PrinterColumn,
  SelectableField,
  VersionSubresources,
} from '../../schema/kind.ts';
import type { ObjectSchema } from '../../schema/schema.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
} from '../../schema/standard/types.ts';
import { rootSchemaOf } from './convert.ts';

/**
 * The kind a definition describes, under the names that were accepted. Cheap: the schema of a version is converted when
 * first used, since most kinds of a server with hundreds of them are never written to.
 */
export function kindOf(crd: CustomResourceDefinition, names: CustomResourceDefinitionNames): KindDefinition {
  const { group, scope, versions } = crd.spec;
  const storage = versions.find((version) => version.storage);
  const { plural, kind, singular = kind.toLowerCase(), listKind, shortNames, categories } = names;
  const conversion = conversionOf(crd);
  const { status, scale } = subresourcesOf(storage?.subresources);
  const definition: KindDefinition = {
    group,
    kind,
    plural,
    singular,
    ...(listKind === undefined ? {} : { listKind }),
    ...(shortNames === undefined ? {} : { shortNames }),
    ...(categories === undefined ? {} : { categories }),
    scope: scope === 'Namespaced' ? 'Namespaced' : 'Cluster',
    versions: versions.map((version) => versionOf(version, warningOf(crd, version))),
    storageVersion: storage?.name ?? '',
    ...(conversion === undefined ? {} : { conversion }),
    statusSubresource: status,
    ...(scale === undefined ? {} : { scale }),
    history: 'spec',
    selectableFields: selectableFieldsOf(versions),
    custom: { hasChanged: (crd.metadata.generation ?? 1) > 1 },
  };
  origins.set(definition, originOf(crd, names));
  return definition;
}

/** True if the kind is what the definition describes now, so that it need not be made again. */
export function isKindOf(
  kind: KindDefinition | undefined,
  crd: CustomResourceDefinition,
  names: CustomResourceDefinitionNames,
): boolean {
  return kind !== undefined && origins.get(kind) === originOf(crd, names);
}

/** What each kind was made from. */
const origins = new WeakMap<KindDefinition, string>();

function originOf({ metadata }: CustomResourceDefinition, names: CustomResourceDefinitionNames): string {
  return JSON.stringify([metadata.uid, metadata.generation, names]);
}

function conversionOf({ spec }: CustomResourceDefinition): KindConversion | undefined {
  const { strategy, webhook } = spec.conversion ?? {};
  if (strategy !== 'Webhook' || webhook === undefined) return undefined;
  const { url, service, caBundle } = webhook.clientConfig ?? {};
  const { namespace, name, path = '', port = 443 } = service ?? { namespace: '', name: '' };
  return {
    strategy: 'Webhook',
    webhook: {
      ...(url === undefined ? {} : { url }),
      ...(service === undefined ? {} : { service: { namespace, name, path, port } }),
      ...(caBundle === undefined ? {} : { caBundle }),
    },
    reviewVersions: webhook.conversionReviewVersions ?? [],
  };
}

function subresourcesOf({ status, scale }: CustomResourceSubresources = {}): VersionSubresources {
  if (scale === undefined) return { status: status !== undefined };
  return {
    status: status !== undefined,
    scale: {
      specReplicasPath: scale.specReplicasPath.slice(1),
      statusReplicasPath: scale.statusReplicasPath.slice(1),
      labelSelectorPath: (scale.labelSelectorPath ?? '').slice(1),
    },
  };
}

/** The warning of a deprecated version that has none of its own: it names the newest served one that is not. */
function warningOf({ spec }: CustomResourceDefinition, { name }: CustomResourceDefinitionVersion): string {
  const title = (version: string) => `${spec.group}/${version} ${spec.names.kind}`;
  const [newest] = spec.versions
    .filter((other) => other.served && other.deprecated !== true && compareVersions(other.name, name) < 0)
    .map((other) => other.name)
    .sort(compareVersions);
  return `${title(name)} is deprecated${newest === undefined ? '' : `; use ${title(newest)}`}`;
}

function versionOf(version: CustomResourceDefinitionVersion, warning: string): KindVersion {
  const { name, served, deprecated } = version;
  const { additionalPrinterColumns, selectableFields = [] } = version;
  // As text it takes a fifth of the memory; most kinds of a server with hundreds of them are never looked at.
  const rootText = JSON.stringify(version.schema?.openAPIV3Schema ?? {});
  // Kept by whoever compiled it; documents convert it, write it out and let it go.
  let converted: WeakRef<ObjectSchema> | undefined;
  let columns: readonly PrinterColumn[] | undefined;
  return {
    name,
    served,
    ...(deprecated === true ? { deprecationWarning: version.deprecationWarning ?? warning } : {}),
    get schema() {
      const known = converted?.deref();
      if (known !== undefined) return known;
      const schema = rootSchemaOf(JSON.parse(rootText) as JSONSchemaProps);
      converted = new WeakRef(schema);
      return schema;
    },
    get columns() {
      columns ??= columnsOf(additionalPrinterColumns ?? []);
      return columns;
    },
    addsAge: additionalPrinterColumns === undefined,
    subresources: subresourcesOf(version.subresources),
    selectableLabels: selectableFields.map(({ jsonPath }) => jsonPath.slice(1)),
  };
}

/** The columns up to the first whose path cannot be read (apiextensions tableconvertor). */
function columnsOf(given: readonly CustomResourceColumnDefinition[]): readonly PrinterColumn[] {
  const columns: PrinterColumn[] = [];
  for (const column of given) {
    const reader = readerOf(column.jsonPath);
    if (reader === undefined) break;
    columns.push(columnOf(column, reader));
  }
  return columns;
}

/** @returns `undefined` for a path that cannot be read. */
function readerOf(path: string): FieldReader | undefined {
  try {
    return compilePath(path);
  } catch (error) {
    if (isApiError(error, 'BadRequest')) return undefined;
    throw error;
  }
}

function columnOf(column: CustomResourceColumnDefinition, reader: FieldReader): PrinterColumn {
  const { name, type, format, description, priority, jsonPath } = column;
  return {
    name,
    type: type as PrinterColumn['type'],
    description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    ...(format === undefined ? {} : { format }),
    ...(priority === undefined ? {} : { priority }),
    absentText: null,
    value: (object: KubeObject) => cellOf(type, reader(object)),
  };
}

/** The first value that a path finds, if it has the type; as a text everything can be shown (apiextensions tableconvertor). */
function cellOf(type: string, found: readonly unknown[]): string | number | boolean | undefined {
  const [first] = found;
  if (first === undefined || first === null) return undefined;
  switch (type) {
    case 'integer': {
      const value = toNumber(first);
      return value === undefined ? undefined : Math.trunc(value);
    }
    case 'number':
      return toNumber(first);
    case 'boolean':
      return typeof first === 'boolean' ? first : undefined;
    case 'date':
      return typeof first === 'string' ? first : undefined;
    default:
      return typeof first === 'string' ? first : JSON.stringify(first);
  }
}

function selectableFieldsOf(versions: readonly CustomResourceDefinitionVersion[]): readonly SelectableField[] {
  const paths = new Set(
    versions.flatMap(({ selectableFields = [] }) => selectableFields.map(({ jsonPath }) => jsonPath)),
  );
  return [...paths].map((jsonPath) => {
    const reader = compilePath(jsonPath);
    return {
      label: jsonPath.slice(1),
      value: (object: KubeObject) => {
        const [first = ''] = reader(object);
        return typeof first === 'object' ? '' : String(first);
      },
    };
  });
}
