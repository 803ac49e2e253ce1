import { isPlainObject, isRawNumber } from '../meta/json.ts';
import { build, type Code, constant, freshName, literal, newCode } from './codegen.ts';
import { findings, type NumberLimits } from './findings.ts';
import { hasFormat, type TextFormat } from './formats.ts';
import type { ObjectPasses, PassesOf } from './passes.ts';
import { LinearRegexp } from './regexp/regexp.ts';
import { checkRules } from './value-rules.ts';
import type {
  ArraySchema,
  IntOrStringSchema,
  MapSchema,
  NumberSchema,
  ObjectSchema,
  Schema,
  StringSchema,
} from './schema.ts';

/** Writes the function that finds everything the schema forbids. */
export function compileValidate(schema: ObjectSchema, passesOf: PassesOf): ObjectPasses['validate'] {
  const emitting: Emitting = { code: newCode(), passesOf };
  const { lines } = emitting.code;
  for (const [field, property] of Object.entries(schema.properties)) {
    if (property.required !== true) continue;
    const name = literal(field);
    lines.push(
      `if (!Object.hasOwn(object, ${name}) || object[${name}] === undefined) helpers.missing(found, ${name});`,
    );
  }
  lines.push(
    'for (const key in object) {',
    'const value = object[key];',
    'if (value === undefined) continue;',
    'switch (key) {',
  );
  for (const [field, property] of Object.entries(schema.properties)) {
    lines.push(`case ${literal(field)}: {`);
    emitNullable(emitting, property, 'value', 'key');
    lines.push('break;', '}');
  }
  lines.push('}', '}');
  return build(emitting.code, 'object, found', helpers);
}

interface Emitting {
  readonly code: Code;
  readonly passesOf: PassesOf;
}

const helpers = { ...findings, checkRules, isObject: isPlainObject, isRaw: isRawNumber };

function emitNullable(emitting: Emitting, schema: Schema, value: string, path: string): void {
  const { lines } = emitting.code;
  if (schema.nullable === true) lines.push(`if (${value} !== null) {`);
  emitValue(emitting, schema, value, path);
  if (schema.rules !== undefined) {
    lines.push(`helpers.checkRules(found, ${path}, ${value}, ${constant(emitting.code, schema.rules)});`);
  }
  if (schema.nullable === true) lines.push('}');
}

/** @param value an expression without side effects. @param path an expression, only evaluated for findings. */
function emitValue(emitting: Emitting, schema: Schema, value: string, path: string): void {
  const { code } = emitting;
  switch (schema.type) {
    case 'object':
      return emitObject(emitting, schema, value, path);
    case 'map':
      return emitMap(emitting, schema, value, path);
    case 'array':
      return emitArray(emitting, schema, value, path);
    case 'string':
      return emitString(code, schema, value, path);
    case 'integer':
    case 'number':
      return emitNumber(code, schema, value, path);
    case 'boolean':
      code.lines.push(`if (typeof ${value} !== "boolean") helpers.wrongType(found, ${path}, ${value}, "boolean");`);
      return;
    case 'int-or-string':
      return emitIntOrString(code, schema, value, path);
    case 'any':
      if (schema.objects === undefined) return;
      code.lines.push(`if (helpers.isObject(${value})) {`);
      emitObject(emitting, schema.objects, value, path);
      code.lines.push('}');
  }
}

function emitObject({ code, passesOf }: Emitting, schema: ObjectSchema, value: string, path: string): void {
  const before = freshName(code, 'before');
  code.lines.push(
    `if (!helpers.isObject(${value})) helpers.wrongType(found, ${path}, ${value}, "object");`,
    'else {',
    `const ${before} = found.length;`,
    `${constant(code, passesOf(schema))}.validate(${value}, found);`,
    `if (found.length !== ${before}) helpers.prefix(found, ${before}, ${path});`,
    '}',
  );
}

function emitMap(emitting: Emitting, schema: MapSchema, value: string, path: string): void {
  const { code } = emitting;
  const key = freshName(code, 'key');
  code.lines.push(
    `if (!helpers.isObject(${value})) helpers.wrongType(found, ${path}, ${value}, "object");`,
    `else for (const ${key} in ${value}) {`,
  );
  // Upstream names entries of custom resources as it names fields.
  const entryPath = schema.proto === undefined ? `${path} + "." + ${key}` : `${path} + "[" + ${key} + "]"`;
  emitNullable(emitting, schema.values, `${value}[${key}]`, entryPath);
  code.lines.push('}');
}

function emitArray(emitting: Emitting, schema: ArraySchema, value: string, path: string): void {
  const { code } = emitting;
  const { minItems, maxItems, listType } = schema;
  const [index, item] = [freshName(code, 'index'), freshName(code, 'item')];
  code.lines.push(`if (!Array.isArray(${value})) helpers.wrongType(found, ${path}, ${value}, "array");`, 'else {');
  if (minItems !== undefined) {
    code.lines.push(
      `if (${value}.length < ${literal(minItems)}) helpers.tooFew(found, ${path}, ${value}.length, ${minItems});`,
    );
  }
  if (maxItems !== undefined) {
    code.lines.push(
      `if (${value}.length > ${literal(maxItems)}) helpers.tooMany(found, ${path}, ${value}.length, ${maxItems});`,
    );
  }
  code.lines.push(
    `for (let ${index} = 0; ${index} < ${value}.length; ${index}++) {`,
    `const ${item} = ${value}[${index}];`,
  );
  emitNullable(emitting, schema.items, item, `${path} + "[" + ${index} + "]"`);
  code.lines.push('}');
  // Upstream holds only custom resources to it; standard kinds check what they must themselves (env may repeat a name).
  if (schema.proto === undefined && (listType === 'set' || listType === 'map')) {
    const keys = constant(code, listType === 'map' ? schema.listMapKeys : undefined);
    code.lines.push(`if (${value}.length > 1) helpers.duplicates(found, ${path}, ${value}, ${keys});`);
  }
  code.lines.push('}');
}

function emitString(code: Code, schema: StringSchema, value: string, path: string): void {
  const { lines } = code;
  const wrongType = `helpers.wrongType(found, ${path}, ${value}, "string");`;
  const checks: string[] = [];
  if (schema.enum === undefined || schema.enumIsShownOnly === true)
    lines.push(`if (typeof ${value} !== "string") ${wrongType}`);
  else {
    const allowed = constant(code, new Set<string>(schema.enumOrder ?? schema.enum));
    const notSupported = `helpers.notSupported(found, ${path}, ${value}, ${allowed});`;
    // What has the wrong type is none of the values either; Go's decoder does not get that far.
    lines.push(`if (typeof ${value} !== "string") { ${wrongType} ${schema.proto === undefined ? notSupported : ''} }`);
    checks.push(`if (!${allowed}.has(${value})) ${notSupported}`);
  }
  const inTurn: string[] = [];
  if (schema.maxLength !== undefined) {
    const limit = literal(schema.maxLength);
    inTurn.push(`(${value}.length <= ${limit} || helpers.checkMaxLength(found, ${path}, ${value}, ${limit}))`);
  }
  if (schema.minLength !== undefined && schema.minLength > 0) {
    inTurn.push(`helpers.checkMinLength(found, ${path}, ${value}, ${literal(schema.minLength)})`);
  }
  if (schema.pattern !== undefined) inTurn.push(patternCheck(code, schema.pattern, value, path));
  if (inTurn.length > 0) checks.push(`${inTurn.join(' && ')};`);
  if (schema.format !== undefined) {
    const test = constant(code, formatTest(schema.format));
    const type = schema.proto === undefined ? 'TypeInvalid' : 'Invalid';
    const details = `{ format: ${literal(schema.format)}, type: ${literal(type)} }`;
    checks.push(`if (!${test}(${value})) helpers.wrongFormat(found, ${path}, ${value}, ${details});`);
  }
  if (checks.length > 0) lines.push('else {', ...checks, '}');
}

function patternCheck(code: Code, pattern: string, value: string, path: string): string {
  return `helpers.checkPattern(found, ${path}, ${value}, ${constant(code, new LinearRegexp(pattern))}, ${literal(pattern)})`;
}

const formatTests = new Map<TextFormat, (text: string) => boolean>();

function formatTest(format: TextFormat): (text: string) => boolean {
  const known = formatTests.get(format);
  if (known !== undefined) return known;
  const test = (text: string) => hasFormat(format, text);
  formatTests.set(format, test);
  return test;
}

/** Largest number of 32 bits in floating point. */
const floatMax = 3.4028234663852886e38;

function emitNumber(code: Code, schema: NumberSchema, value: string, path: string): void {
  const isInteger = schema.type === 'integer';
  const { minimum, maximum } = limitsOf(schema);
  const checked = schema.proto === undefined ? checkedName(schema) : undefined;
  const checks: string[] = [];
  if (checked !== undefined && (schema.format === 'int32' || schema.format === 'float')) {
    const fits =
      schema.format === 'int32' ? `${value} === (${value} | 0)` : `Math.abs(${value}) <= ${literal(floatMax)}`;
    checks.push(`if (!(${fits})) helpers.outOfFormat(found, ${path}, ${literal(checked)});`);
  }
  if (minimum !== undefined)
    checks.push(`if (${value} < ${literal(minimum)}) helpers.tooSmall(found, ${path}, ${value}, ${minimum});`);
  if (maximum !== undefined)
    checks.push(`if (${value} > ${literal(maximum)}) helpers.tooLarge(found, ${path}, ${value}, ${maximum});`);
  const right = isInteger ? `Number.isSafeInteger(${value})` : `typeof ${value} === "number"`;
  const limits: NumberLimits = {
    wanted: schema.type,
    checked: isInteger ? checked : undefined,
    isShort: schema.format === 'int32',
    minimum,
    maximum,
  };
  code.lines.push(
    `if (${right}) {`,
    ...checks,
    '}',
    `else helpers.checkOtherNumber(found, ${path}, ${value}, ${constant(code, limits)});`,
  );
}

/** A field of a Go struct holds no more than its type. */
function limitsOf({ minimum, maximum, format, proto }: NumberSchema) {
  if (proto === undefined || format !== 'int32') return { minimum, maximum };
  return { minimum: minimum ?? -(2 ** 31), maximum: maximum ?? 2 ** 31 - 1 };
}

/** The numbers of a field as upstream names them when one is out of range. */
function checkedName({ type, format }: NumberSchema): string {
  const isOfType = type === 'integer' ? format === 'int32' || format === 'int64' : format !== undefined;
  return isOfType ? `${type} with format ${format}` : `${type} (default format)`;
}

function emitIntOrString(code: Code, { pattern, proto }: IntOrStringSchema, value: string, path: string): void {
  // Standard kinds hold 32 bits; custom resources hold what JSON numbers do (quantities of bytes, for example).
  const isWhole =
    proto === undefined
      ? `(Number.isSafeInteger(${value}) || helpers.isRaw(${value}))`
      : `(Number.isInteger(${value}) && ${value} === (${value} | 0))`;
  code.lines.push(
    `if (typeof ${value} !== "string" && !${isWhole})`,
    `helpers.wrongType(found, ${path}, ${value}, "integer,string");`,
  );
  if (pattern !== undefined) {
    code.lines.push(`else if (typeof ${value} === "string") ${patternCheck(code, pattern, value, path)};`);
  }
}
