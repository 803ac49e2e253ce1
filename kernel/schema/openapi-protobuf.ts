import { isJsonObject, type Json, type JsonObject } from '../meta/object.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/**
 * The protobuf form of Swagger 2.0 that kubectl before 1.27 and Argo CD ask for
 * (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`; google/gnostic-models openapiv2/OpenAPIv2.proto).
 */

/** Encodes a Swagger 2.0 document. Fields that protobuf has no place for (`nullable`, `oneOf`) are left out. */
export function encodeOpenApiV2(document: JsonObject): Uint8Array {
  const writer = new ProtobufWriter();
  writeMessage(writer, messages.document, document);
  return writer.finish();
}

/** Writes the value of one field under its number. */
type FieldWriter = (writer: ProtobufWriter, number: number, value: Json) => void;

/** Numbers and writers of the fields of a message by their JSON name, in the order of the numbers. */
interface MessageLayout {
  readonly fields: Readonly<Record<string, readonly [number: number, write: FieldWriter]>>;
  /** Number of the repeated field that takes `x-…` fields. */
  readonly extensions?: number;
}

/** The messages of OpenAPIv2.proto in use. */
type MessageName =
  | 'document'
  | 'info'
  | 'reference'
  | 'bodyParameter'
  | 'queryParameter'
  | 'pathParameter'
  | 'operation'
  | 'pathItem'
  | 'response'
  | 'schema';

function writeMessage(writer: ProtobufWriter, layout: MessageLayout, value: Json): void {
  if (!isJsonObject(value)) return;
  for (const [field, [number, write]] of Object.entries(layout.fields)) {
    const item = value[field];
    if (item !== undefined) write(writer, number, item);
  }
  if (layout.extensions !== undefined) writeNamed(writer, layout.extensions, extensionsOf(value), writeAnyBody);
}

function extensionsOf(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => name.startsWith('x-')));
}

/** Repeated messages of name and value, as protobuf spells a JSON object with free names. */
function writeNamed(
  writer: ProtobufWriter,
  number: number,
  values: Json,
  writeBody: (body: ProtobufWriter, value: Json) => void,
): void {
  if (!isJsonObject(values)) return;
  for (const [name, value] of Object.entries(values)) {
    writer.writeMessage(number, (entry) => {
      entry.writeText(1, name);
      entry.writeMessage(2, (body) => writeBody(body, value));
    });
  }
}

/** `Any`: YAML text in field 2; JSON is YAML. */
function writeAnyBody(body: ProtobufWriter, value: Json): void {
  body.writeText(2, JSON.stringify(value));
}

const text: FieldWriter = (writer, number, value) => {
  if (typeof value === 'string') writer.writeText(number, value);
};

const texts: FieldWriter = (writer, number, value) => {
  if (Array.isArray(value)) for (const item of value) text(writer, number, item as Json);
};

const bool: FieldWriter = (writer, number, value) => {
  if (value === true) writer.writeBool(number, true);
};

const unsigned: FieldWriter = (writer, number, value) => {
  if (typeof value === 'number' && value > 0) writer.writeUnsigned(number, value);
};

const double: FieldWriter = (writer, number, value) => {
  if (typeof value === 'number') writer.writeDouble(number, value);
};

const anyValue: FieldWriter = (writer, number, value) => {
  writer.writeMessage(number, (body) => writeAnyBody(body, value));
};

const anyValues: FieldWriter = (writer, number, value) => {
  if (Array.isArray(value)) for (const item of value) anyValue(writer, number, item as Json);
};

/** `layout` is asked for when writing, since messages contain each other. */
function message(layout: () => MessageLayout): FieldWriter {
  return (writer, number, value) => writer.writeMessage(number, (body) => writeMessage(body, layout(), value));
}

function list(write: FieldWriter): FieldWriter {
  return (writer, number, value) => {
    if (Array.isArray(value)) for (const item of value) write(writer, number, item as Json);
  };
}

/** A message whose only field, 1, is `write`: `TypeItem`, `ItemsItem`, `SchemaItem` … */
function wrapped(write: FieldWriter, inner = 1): FieldWriter {
  return (writer, number, value) => writer.writeMessage(number, (body) => write(body, inner, value));
}

function named(layout: () => MessageLayout): FieldWriter {
  return (writer, number, value) =>
    writeNamed(writer, number, value, (body, item) => writeMessage(body, layout(), item));
}

const schema = message(() => messages.schema);

const typeItem: FieldWriter = (writer, number, value) => {
  writer.writeMessage(number, (body) => texts(body, 1, typeof value === 'string' ? [value] : value));
};

const additionalProperties: FieldWriter = (writer, number, value) => {
  writer.writeMessage(number, (body) => {
    if (typeof value === 'boolean') body.writeBool(2, value);
    else schema(body, 1, value);
  });
};

/** A `oneof` of the thing itself (1) and a reference to it (2). */
function orReference(write: FieldWriter): FieldWriter {
  return (writer, number, value) => {
    const isReference = isJsonObject(value) && value['$ref'] !== undefined;
    writer.writeMessage(number, (body) =>
      isReference ? message(() => messages.reference)(body, 2, value) : write(body, 1, value),
    );
  };
}

/** Number of a parameter that is not the body inside `NonBodyParameter`, by where it is. */
const parameterPlaces: Readonly<Record<string, number>> = { header: 1, formData: 2, query: 3, path: 4 };

const parameter: FieldWriter = (writer, number, value) => {
  const place = isJsonObject(value) ? value['in'] : undefined;
  writer.writeMessage(number, (body) => {
    if (place === 'body') return message(() => messages.bodyParameter)(body, 1, value);
    const inner = typeof place === 'string' ? parameterPlaces[place] : undefined;
    if (inner === undefined) return;
    const layout = place === 'query' || place === 'formData' ? messages.queryParameter : messages.pathParameter;
    body.writeMessage(2, (nonBody) => message(() => layout)(nonBody, inner, value));
  });
};

const parameters = list(orReference(parameter));

const responses: FieldWriter = (writer, number, value) => {
  writer.writeMessage(number, (body) => {
    if (!isJsonObject(value)) return;
    for (const [code, response] of Object.entries(value)) {
      body.writeMessage(1, (entry) => {
        entry.writeText(1, code);
        orReference(message(() => messages.response))(entry, 2, response);
      });
    }
  });
};

const paths: FieldWriter = (writer, number, value) => {
  writer.writeMessage(number, (body) => named(() => messages.pathItem)(body, 2, value));
};

const schemasByName = wrapped(named(() => messages.schema));

const operation = message(() => messages.operation);

const messages: Readonly<Record<MessageName, MessageLayout>> = {
  document: {
    fields: {
      swagger: [1, text],
      info: [2, message(() => messages.info)],
      host: [3, text],
      basePath: [4, text],
      schemes: [5, texts],
      consumes: [6, texts],
      produces: [7, texts],
      paths: [8, paths],
      definitions: [9, schemasByName],
      parameters: [10, wrapped((writer, number, value) => writeNamedParameters(writer, number, value))],
    },
    extensions: 16,
  },
  info: { fields: { title: [1, text], version: [2, text], description: [3, text] }, extensions: 7 },
  reference: { fields: { $ref: [1, text], description: [2, text] } },
  bodyParameter: {
    fields: { description: [1, text], name: [2, text], in: [3, text], required: [4, bool], schema: [5, schema] },
    extensions: 6,
  },
  queryParameter: {
    fields: {
      required: [1, bool],
      in: [2, text],
      description: [3, text],
      name: [4, text],
      type: [6, text],
      format: [7, text],
      uniqueItems: [20, bool],
    },
    extensions: 23,
  },
  pathParameter: {
    fields: {
      required: [1, bool],
      in: [2, text],
      description: [3, text],
      name: [4, text],
      type: [5, text],
      format: [6, text],
      uniqueItems: [19, bool],
    },
    extensions: 22,
  },
  operation: {
    fields: {
      tags: [1, texts],
      summary: [2, text],
      description: [3, text],
      operationId: [5, text],
      produces: [6, texts],
      consumes: [7, texts],
      parameters: [8, parameters],
      responses: [9, responses],
      schemes: [10, texts],
      deprecated: [11, bool],
    },
    extensions: 13,
  },
  pathItem: {
    fields: {
      get: [2, operation],
      put: [3, operation],
      post: [4, operation],
      delete: [5, operation],
      options: [6, operation],
      head: [7, operation],
      patch: [8, operation],
      parameters: [9, parameters],
    },
    extensions: 10,
  },
  response: { fields: { description: [1, text], schema: [2, wrapped(schema)] }, extensions: 5 },
  schema: {
    fields: {
      $ref: [1, text],
      format: [2, text],
      title: [3, text],
      description: [4, text],
      default: [5, anyValue],
      multipleOf: [6, double],
      maximum: [7, double],
      exclusiveMaximum: [8, bool],
      minimum: [9, double],
      exclusiveMinimum: [10, bool],
      maxLength: [11, unsigned],
      minLength: [12, unsigned],
      pattern: [13, text],
      maxItems: [14, unsigned],
      minItems: [15, unsigned],
      uniqueItems: [16, bool],
      maxProperties: [17, unsigned],
      minProperties: [18, unsigned],
      required: [19, texts],
      enum: [20, anyValues],
      additionalProperties: [21, additionalProperties],
      type: [22, typeItem],
      items: [23, wrapped(schema)],
      allOf: [24, list(schema)],
      properties: [25, schemasByName],
      readOnly: [27, bool],
    },
    extensions: 31,
  },
};

function writeNamedParameters(writer: ProtobufWriter, number: number, value: Json): void {
  if (!isJsonObject(value)) return;
  for (const [name, item] of Object.entries(value)) {
    writer.writeMessage(number, (entry) => {
      entry.writeText(1, name);
      parameter(entry, 2, item);
    });
  }
}
