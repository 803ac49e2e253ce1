import type { Descriptions } from './text.ts';

const dryRun = 'All: everything is checked and nothing is stored.';
const fieldManager = 'Name under which managedFields records who wrote, at most 128 printable characters.';
const fieldValidation = 'What happens to unknown and duplicate fields: Ignore, Warn (default) or Strict.';
const writeOptions = { dryRun, fieldManager, fieldValidation };
const requirement = {
  operator: 'How the value relates to values: In, NotIn, Exists or DoesNotExist.',
  values: 'Values to compare with: at least one for In and NotIn, none for the others.',
};

/** Types every group uses. */
export const metaDescriptions: Descriptions = {
  'meta/v1.ObjectMeta': {
    '': 'What every object carries besides its own content: its name, its place and its bookkeeping.',
    name: 'Name of the object, unique within its kind and namespace. Cannot be changed.',
    generateName: 'Beginning of a name the server completes with five random characters; used when name is empty.',
    namespace: 'Namespace the object lives in; empty for kinds without. Cannot be changed.',
    selfLink: 'No longer filled in; once the path of the object.',
    uid: 'Identifies this object for ever; a new object of the same name has another one. Set by the server.',
    resourceVersion: 'Revision that wrote the object last. Send it back to update only what you have seen.',
    generation: 'Counts changes of the desired state. Set by the server.',
    creationTimestamp: 'CreationTimestamp is a timestamp: when the object was created. Set by the server.',
    deletionTimestamp:
      'When the object is to go away: the time of the request and the grace period. It goes once its finalizers are gone too. Set by the server.',
    deletionGracePeriodSeconds:
      'Seconds between the request and deletionTimestamp, which the object may take to go away. Set by the server.',
    labels: 'Keys and values by which selectors find the object; values have at most 63 characters.',
    annotations: 'Keys and values for tools; not searchable. At most 256 KiB in all.',
    finalizers: 'What must be done before the object goes away; it is removed when the list is empty.',
    ownerReferences:
      'Objects this one belongs to; it is removed when all of them are gone. At most one is the controller.',
    managedFields: 'Who set which fields, kept for server-side apply. Set by the server.',
  },
  'meta/v1.OwnerReference': {
    '': 'An object that another one belongs to. It has the same namespace, or none.',
    apiVersion: 'Group and version of the owner.',
    kind: 'Kind of the owner in CamelCase.',
    name: 'Name of the owner.',
    uid: 'The metadata.uid of the owner; one of the same name that was made later does not count.',
    controller: 'Whether the owner is the one that controls the object. Default false.',
    blockOwnerDeletion: 'Whether a foreground deletion of the owner waits until this object is gone. Default false.',
  },
  'meta/v1.ManagedFieldsEntry': {
    '': 'Fields one writer has set, in one version and one way.',
    manager: 'Name of the writer.',
    operation: 'How it wrote: Apply, or Update for everything else.',
    apiVersion: 'Version of the object in which the fields are named.',
    time: 'When an entry was added or its fields changed.',
    fieldsType: 'Form of fieldsV1; always FieldsV1.',
    fieldsV1: 'The fields, as a tree of keys f:<field>, k:<list keys> and v:<value>.',
    subresource: 'Subresource it wrote through. Empty: the object itself.',
  },
  'meta/v1.ListMeta': {
    '': 'What every list carries besides its items.',
    selfLink: 'No longer filled in; once the path of the list.',
    resourceVersion: 'Revision the list shows; a watch can go on from there.',
    continue: 'Token for the next page; empty on the last one. It expires after some minutes.',
    remainingItemCount: 'Objects on the pages that follow, if known. Not with selectors.',
    shardInfo: 'Which part of the objects the list holds, if it was asked for a part.',
  },
  'meta/v1.ShardInfo': {
    '': 'Which part of all objects a list holds.',
    selector: 'The selector of the part, as it was asked for.',
  },
  'meta/v1.LabelSelector': {
    '': 'Chooses objects by their labels. Everything it says must hold; an empty selector chooses all.',
    matchLabels: 'Labels that must be present with exactly these values.',
    matchExpressions: 'Further requirements, such as a label being one of several values.',
  },
  'meta/v1.LabelSelectorRequirement': {
    '': 'One requirement on a label.',
    key: 'The label it is about.',
    ...requirement,
  },
  'meta/v1.FieldSelectorRequirement': {
    '': 'One requirement on a field.',
    key: 'Path of the field it is about.',
    ...requirement,
  },
  'meta/v1.Condition': { '': 'One observation of the state of an object.' },
  'meta/v1.Status': {
    '': 'Answer to a request that gives no object: an error, or that it was done.',
    status: 'Whether it worked: Success or Failure.',
    message: 'For people: what happened.',
    reason: 'One word for why it failed, for programs, such as NotFound or Conflict.',
    details: 'What it was about, and single causes. Depends on the reason.',
    code: 'HTTP status code of the answer.',
  },
  'meta/v1.StatusDetails': {
    '': 'What a failed request was about.',
    name: 'Name of the object, or of what could not be resolved.',
    group: 'Group of the object.',
    kind: 'Kind or resource of the object.',
    uid: 'The metadata.uid of the object, if it was known.',
    causes: 'Single causes of the failure, such as one for every invalid field.',
    retryAfterSeconds: 'Seconds after which another try makes sense.',
  },
  'meta/v1.StatusCause': {
    '': 'One cause of a failure.',
    reason: 'One word for the cause, such as FieldValueRequired.',
    message: 'For people: what is wrong.',
    field: 'Path of the field, as spec.containers[0].image.',
  },
  'meta/v1.DeleteOptions': {
    '': 'How an object is deleted.',
    gracePeriodSeconds:
      'Seconds the object may take to go, 0 or more; 0 is at once. Default: that of the kind, 30 for most pods.',
    preconditions: 'What must hold, otherwise the answer is 409 Conflict.',
    orphanDependents: 'Deprecated; true is propagationPolicy Orphan. Not together with it.',
    propagationPolicy:
      'What becomes of objects it owns: Orphan keeps them, Background deletes them afterwards, Foreground before it. Default: that of the kind.',
    dryRun,
    ignoreStoreReadErrorWithClusterBreakingPotential:
      'Deletes an object that can no longer be decoded, without finalizers and preconditions. Needs a right of its own. Default false.',
  },
  'meta/v1.Preconditions': {
    '': 'What must hold before something is done.',
    uid: 'The metadata.uid the object must have.',
    resourceVersion: 'The metadata.resourceVersion the object must have.',
  },
  'meta/v1.CreateOptions': { '': 'Options of creating an object.', ...writeOptions },
  'meta/v1.UpdateOptions': { '': 'Options of replacing an object.', ...writeOptions },
  'meta/v1.PatchOptions': {
    '': 'Options of patching an object.',
    ...writeOptions,
    force: 'Apply only: takes over fields that others own. Default false.',
  },
  'meta/v1.GetOptions': {
    '': 'Options of reading an object.',
    resourceVersion: 'How fresh the answer must be. Empty: the latest; 0: any; otherwise not older than this.',
  },
  'meta/v1.ListOptions': {
    '': 'Options of listing or watching objects.',
    labelSelector: 'Limits the answer to objects with these labels, as app=web,tier!=cache.',
    fieldSelector: 'Limits the answer to objects with these fields, as metadata.name=web.',
    shardSelector: 'Limits the answer to a part of all objects, so that several readers can share them.',
    watch: 'Answers with a stream of changes instead of a list. Default false.',
    allowWatchBookmarks: 'Watch: also sends BOOKMARK events, which say how far the stream is. Default false.',
    sendInitialEvents: 'Watch: begins with the objects there are and a bookmark behind them.',
    resourceVersion: 'How fresh a list must be, or where a watch begins. Empty: the latest; 0: any.',
    resourceVersionMatch: 'How resourceVersion is meant by a list: Exact, or NotOlderThan.',
    timeoutSeconds: 'Seconds after which the answer ends, whatever happens.',
    limit: 'Most objects on one page; all when absent or 0.',
    continue: 'Goes on where the page with this token ended; selectors must be the same.',
  },
};
