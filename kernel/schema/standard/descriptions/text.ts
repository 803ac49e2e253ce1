/** Message, then field, then text; the empty field is the message itself. */
export type Descriptions = Readonly<Record<string, Readonly<Record<string, string>>>>;
