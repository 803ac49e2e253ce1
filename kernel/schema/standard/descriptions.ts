/** What the message is, in our own words; `undefined` where we have written nothing. */
export function messageDescription(message: string): string | undefined {
  return descriptions[message]?.[''];
}

/** What the field does, in our own words; `undefined` where we have written nothing. */
export function fieldDescription(message: string, field: string): string | undefined {
  return descriptions[message]?.[field];
}

/** Message → field → text; the empty field is the message itself. */
const descriptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'meta/v1.ObjectMeta': {
    '': 'What every object carries besides its own content: its name, its place and its bookkeeping.',
    name: 'Name of the object, unique within its kind and namespace. Cannot be changed.',
    namespace: 'Namespace the object lives in. Cannot be changed.',
    labels: 'Keys and values by which selectors find the object.',
    annotations: 'Keys and values for tools; not searchable.',
    finalizers: 'What must be done before the object goes away; it is removed when the list is empty.',
    ownerReferences: 'Objects this one belongs to; it is removed when all of them are gone.',
  },
};
