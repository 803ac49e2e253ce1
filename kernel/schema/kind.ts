import type { FieldError } from '../meta/errors.ts';
import type { JsonObject, KubeObject } from '../meta/object.ts';
import type { AuthorizationEdges } from './authorization.ts';
import type { QuotaEvaluator } from './quota.ts';
import type { ObjectSchema } from './schema.ts';

/** A column of `kubectl get` (`metav1.TableColumnDefinition`). */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: string;
  /** 0: always shown; > 0: only with `-o wide`. Default 0. */
  readonly priority?: number;
  readonly description: string;
  /** A field path such as `.spec.replicas` or `.status.conditions[?(@.type=="Ready")].status`, or a pure function. */
  readonly value: string | ((object: never, nowMs: number) => string | number | boolean | undefined);
  /** A date is shown as it is and not as the time since. Default false. */
  readonly showsTime?: boolean;
  /** Shown in place of a date that is absent; `null` for nothing. Default `<unknown>`. */
  readonly absentText?: string | null;
}

/** One served version of a kind. */
export interface KindVersion {
  readonly name: string;
  readonly served: boolean;
  /** Set for deprecated versions: the text of the Warning header. */
  readonly deprecationWarning?: string;
  /** Everything but apiVersion, kind and metadata, which all kinds share. */
  readonly schema: ObjectSchema;
  readonly columns: readonly PrinterColumn[];
  /** False: no column with the age is added to `columns`. Default true. */
  readonly addsAge?: boolean;
  /** Set where versions differ in them. Default: those of the kind. */
  readonly subresources?: VersionSubresources;
  /** Rules of objects in the form of this version. Default: those of the kind. */
  readonly admission?: KindAdmission<KubeObject>;
  /** Labels of the kind's selectable fields that this version has. Default: all of them. */
  readonly selectableLabels?: readonly string[];
}

/** A field of metadata that a write of the status may change. */
export type MetadataOfStatus = 'labels' | 'annotations' | 'finalizers' | 'ownerReferences';

/** What writes of the status take of metadata where Kubernetes leaves nothing out: see `KindDefinition.statusTakes`. */
export const allMetadataOfStatus: readonly MetadataOfStatus[] = [
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
];

/** Subresources of one version of a kind. */
export interface VersionSubresources {
  /** See `KindDefinition.statusSubresource`. */
  readonly status: boolean;
  readonly scale?: ScaleMapping;
}

/** A field that `fieldSelector` may name besides metadata.name and metadata.namespace. */
export interface SelectableField {
  /** As clients write it: `spec.nodeName`, `involvedObject.name`. */
  readonly label: string;
  /** Its value as text in an object as it is stored; the empty string when absent. */
  readonly value: (object: never) => string;
  /** Of a kind stored as another one: what that one calls the field. Default: the same. */
  readonly storedLabel?: string;
}

/** What `admit.ts` functions are told about the request. */
export interface AdmitContext {
  readonly operation: 'create' | 'update';
  /** `status`, `scale` … or the empty string for the object itself. */
  readonly subresource: string;
  readonly nowMs: number;
}

/** The pure part of admission of one kind (`admit.ts`). Methods, so that a definition of `T` is one of `KubeObject` too. */
export interface KindAdmission<T extends KubeObject> {
  /** Fills what depends on other fields. Gets a private copy and may change it; must be idempotent. */
  mutate?(draft: Record<string, unknown>, old: T | undefined, context: AdmitContext): void;
  /**
   * Fills what the server decides itself and no writer owns, after admission plugins have run (`PrepareForCreate` and
   * `PrepareForUpdate` of Kubernetes). Otherwise as `mutate`.
   */
  prepare?(draft: Record<string, unknown>, old: T | undefined, context: AdmitContext): void;
  /**
   * Cross-field rules and immutability. Returns every violation; empty when fine. A promise only where most servers never
   * need the rules: they are loaded then.
   */
  validate?(
    object: T,
    old: T | undefined,
    context: AdmitContext,
  ): readonly FieldError[] | Promise<readonly FieldError[]>;
  /** Texts for the Warning header. */
  warn?(object: T, old: T | undefined, context: AdmitContext): readonly string[];
}

/**
 * A subresource that is part of an object's desired state. `finalize` may also take away what holds the deletion of the
 * object (Namespaces); `binding` gives a pod its node, which is no change of what was asked for and counts for no generation.
 */
export type ObjectSubresource = 'binding' | 'ephemeralcontainers' | 'resize' | 'finalize';

/** `scale` subresource: paths of the fields it maps to, without the leading dot. */
export interface ScaleMapping {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  /** Path of the selector: a LabelSelector object, the labels themselves, or its text form. */
  readonly labelSelectorPath: string;
}

/**
 * Which revisions of an object are kept beyond the watch window.
 * `spec`: those that changed spec or metadata; `all`: every one; `none`: only the current object.
 */
export type HistoryClass = 'spec' | 'all' | 'none';

/** What is different about kinds that come and go while a server runs. */
export interface CustomKind {
  /** Objects may have been stored under other schemas: they are pruned and get the defaults of today when they are read. */
  readonly hasChanged: boolean;
}

/**
 * How objects of a kind change between its versions. Without one, only `apiVersion` does, and what the schema of the other
 * version does not know is lost.
 */
export type KindConversion = FunctionConversion | WebhookConversion;

/** Conversion by a pure function: kinds whose versions differ in shape, and kinds stored as another one. */
export interface FunctionConversion {
  readonly strategy: 'Functions';
  /**
   * The object in the form `apiVersion` names, which is never the one it has. Of metadata it may change annotations only;
   * it takes any object that follows the schema of its version. It may share parts with `object` and must not change it.
   */
  convert(object: JsonObject, apiVersion: string): JsonObject;
}

/** Conversion by a web server that the author of a custom kind runs. */
export interface WebhookConversion {
  readonly strategy: 'Webhook';
  readonly webhook: WebhookAddress;
  /** Versions of ConversionReview the server takes, most preferred first. */
  readonly reviewVersions: readonly string[];
}

/** Where a webhook is: a URL, or a path of a Service (`apiextensions/v1.WebhookClientConfig`). */
export interface WebhookAddress {
  readonly url?: string;
  readonly service?: {
    readonly namespace: string;
    readonly name: string;
    /** Starts with a slash; empty for none. */
    readonly path: string;
    readonly port: number;
  };
  /** Authorities its certificate must come from, PEM in base64. Default: those the system trusts. */
  readonly caBundle?: string;
}

/**
 * Everything the kernel knows of a kind. Built-in kinds and kinds of the planes are written as constants in
 * `type.ts`; a CustomResourceDefinition becomes the same shape at run time (its declarative part).
 * `T` is the static type of the objects and exists only for the compiler.
 */
export interface KindDefinition<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Lower-case plural: the name in URLs. */
  readonly plural: string;
  readonly singular: string;
  /** Kind of lists in answers. Default: the kind with `List` behind it. */
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly scope: 'Namespaced' | 'Cluster';
  /** Served versions, most preferred first. */
  readonly versions: readonly KindVersion[];
  /** Version in which objects are stored; one of `versions`. */
  readonly storageVersion: string;
  /** Default: versions differ in nothing but their name and what their schemas leave out. */
  readonly conversion?: KindConversion;
  /**
   * The kind whose objects these are in another form, made by `conversion`: Events of events.k8s.io are those of the core
   * group. What is created in one is there in the other.
   */
  readonly storedAs?: KindDefinition;
  /** With a status subresource, writes to the object never change `status` and writes to `/status` change only it. */
  readonly statusSubresource: boolean;
  /**
   * Fields of metadata that writes to `/status` change too: those of most standard kinds do, of custom and newer ones
   * do not (Kubernetes `ResetObjectMetaForStatus`). Default none.
   */
  readonly statusTakes?: readonly MetadataOfStatus[];
  /** A create takes the status as well: kubelets register their Node with it. Default false. */
  readonly createTakesStatus?: boolean;
  /** `/approval` writes the status as well, by a right of its own (CertificateSigningRequest). Default false. */
  readonly approvalSubresource?: boolean;
  /**
   * Further subresources that read and write the object itself, by rights of their own (`pods/resize`): `admission.mutate`
   * takes back what may not be changed through them. Default none.
   */
  readonly objectSubresources?: readonly ObjectSubresource[];
  readonly scale?: ScaleMapping;
  readonly history: HistoryClass;
  readonly selectableFields?: readonly SelectableField[];
  readonly admission?: KindAdmission<T>;
  /** What rights follow from objects, and through them. Default: none. */
  readonly authorization?: AuthorizationEdges<T>;
  /** What objects use of quotas. Default: `count/<plural>.<group>` only. */
  readonly quota?: QuotaEvaluator<T>;
  /**
   * `metadata.generation` counts changes of everything but metadata and status. `annotationsToo`: of annotations as well;
   * `changesOnly`: it is absent until the first change; `once`: it is 1 for ever. Default true.
   */
  readonly countsGeneration?: boolean | 'annotationsToo' | 'changesOnly' | 'once';
  /** Rule for names of objects: returns what is wrong. Default: DNS subdomains, up to 253 characters. */
  readonly checkName?: (name: string) => readonly string[];
  /**
   * True while a deleted object must stay although it has no metadata finalizer (`spec.finalizers` of a Namespace).
   */
  holdsDeletion?(object: T): boolean;
  /** PUT without a resourceVersion is allowed, as for most built-in kinds. Default false (as for custom resources). */
  readonly allowsUnconditionalUpdate?: boolean;
  /** `DELETE` of the collection is served. Default true. */
  readonly deletesCollections?: boolean;
  /** DELETE answers with the object that is gone, not with a Status (Kubernetes ReturnDeletedObject). Default false. */
  readonly returnsDeleted?: boolean;
  /** PUT creates an absent object (Kubernetes AllowCreateOnUpdate). Default false. */
  readonly createsOnUpdate?: boolean;
  /** Strategic merge patch is served (built-in kinds only, as upstream). Default false. */
  readonly strategicMerge?: boolean;
  /** Deletes that do not say so leave dependents behind, as those of ReplicationControllers always did. Default false. */
  readonly orphansByDefault?: boolean;
  /** Told those who delete without saying what becomes of dependents. */
  readonly orphanWarning?: string;
  /** Seconds until a deleted object goes away by itself although it has no finalizer (pods). Default: at once. */
  gracefulDeletionSeconds?(object: T): number | undefined;
  /** Seconds after the last write at which the object is removed (Event: 3600). Default: never. */
  readonly ttlSeconds?: number;
  /** Order inside namespace deletion; lower goes first. Default 100; pods 0. */
  readonly deletionOrder?: number;
  /** Rule sets of people: which of view, edit, admin see this kind. Default: all three. */
  readonly confidential?: boolean;
  /** Set when a CustomResourceDefinition defines the kind. */
  readonly custom?: CustomKind;
  /** Never set; carries `T` for the compiler. */
  readonly objectType?: T;
}

/** The version of that name. @returns `undefined` when the kind has no such version. */
export function findVersion(definition: KindDefinition, version: string): KindVersion | undefined {
  return definition.versions.find((candidate) => candidate.name === version);
}

/** Rules of objects in the form of that version. */
export function admissionOf(definition: KindDefinition, version: string): KindAdmission<KubeObject> | undefined {
  return findVersion(definition, version)?.admission ?? definition.admission;
}

/** True if that version has a status subresource. */
export function hasStatus(definition: KindDefinition, version: string): boolean {
  return findVersion(definition, version)?.subresources?.status ?? definition.statusSubresource;
}

/** How the scale subresource of that version maps to its fields; `undefined` when it has none. */
export function scaleMapping(definition: KindDefinition, version: string): ScaleMapping | undefined {
  const { subresources } = findVersion(definition, version) ?? {};
  return subresources === undefined ? definition.scale : subresources.scale;
}
