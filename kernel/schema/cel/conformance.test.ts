import assert from 'node:assert/strict';
import test from 'node:test';
import { tests as conformance } from '@bufbuild/cel-spec/testdata/conformance.js';
import { compile, type Variable } from './compile.ts';
import { equals } from './operators.ts';
import { type ConformanceCase, outOfScope, passingCounts } from './testdata/conformance.ts';
import { parseDuration, parseTimestamp } from './time.ts';
import { formatType, listType, mapType, opaqueType, type Type, types, typeType } from './types.ts';
import { CelMap, Double, normalizeInt, typeNameOf, TypeValue, Uint, type Value } from './values.ts';

/** The conformance data of cel-spec (github.com/google/cel-spec, tests/simple/testdata), by way of @bufbuild/cel-spec. */

type Json = Readonly<Record<string, unknown>>;

interface Suite {
  readonly name: string;
  readonly suites?: readonly Suite[];
  readonly tests?: readonly { readonly original: unknown }[];
}

function casesOf({ suites = [], tests = [] }: Suite): readonly ConformanceCase[] {
  return [...tests.map(({ original }) => original as ConformanceCase), ...suites.flatMap(casesOf)];
}

function valueOf(json: Json): Value {
  const [kind = '', content] = Object.entries(json)[0] ?? [];
  switch (kind) {
    case 'int64Value':
      return normalizeInt(BigInt(String(content)));
    case 'uint64Value':
      return new Uint(BigInt(String(content)));
    case 'doubleValue':
      return new Double(Number(content));
    case 'nullValue':
      return null;
    case 'bytesValue':
      return Uint8Array.fromBase64(String(content));
    case 'listValue':
      return ((content as { values?: Json[] }).values ?? []).map(valueOf);
    case 'mapValue': {
      const map = new CelMap();
      for (const { key, value } of (content as { entries?: { key: Json; value: Json }[] }).entries ?? []) {
        map.add(valueOf(key), valueOf(value));
      }
      return map;
    }
    case 'typeValue':
      return new TypeValue(String(content));
    case 'objectValue': {
      const { '@type': name, value } = content as { '@type': string; value: string };
      return name.endsWith('Timestamp') ? parseTimestamp(value) : parseDuration(value);
    }
    default:
      return content;
  }
}

const primitives = {
  BOOL: types.bool,
  INT64: types.int,
  UINT64: types.uint,
  DOUBLE: types.double,
  STRING: types.string,
  BYTES: types.bytes,
} as const;

function typeFrom(json: unknown): Type {
  const [kind = '', content] = Object.entries(json as Json)[0] ?? [];
  const inner = content as Readonly<Record<string, unknown>>;
  switch (kind) {
    case 'primitive':
      return primitives[content as keyof typeof primitives];
    case 'wellKnown':
      return content === 'TIMESTAMP' ? types.timestamp : types.duration;
    case 'null':
      return types.null;
    case 'listType':
      return listType(typeFrom(inner['elemType']));
    case 'mapType':
      return mapType(typeFrom(inner['keyType']), typeFrom(inner['valueType']));
    case 'type':
      return typeType(types.dyn);
    case 'abstractType':
      return opaqueType(String(inner['name']), ...((inner['parameterTypes'] ?? []) as unknown[]).map(typeFrom));
    default:
      return types.dyn;
  }
}

/** @returns what is wrong, `undefined` if the case passes. */
function problemOf({ expr, typeEnv = [], bindings = {}, ...wanted }: ConformanceCase): string | undefined {
  const variables: Record<string, Variable> = {};
  for (const declared of typeEnv as readonly { name: string; ident: { type: unknown } }[]) {
    variables[declared.name] = { type: typeFrom(declared.ident.type) };
  }
  const values = Object.fromEntries(Object.entries(bindings).map(([name, { value = {} }]) => [name, valueOf(value)]));
  for (const name of Object.keys(values)) variables[name] ??= { type: types.dyn };
  const { program, errors } = compile(expr, { variables, dialect: 'extended', mode: 'stored' });
  if (errors !== undefined) return wanted.evalError === undefined ? errors.text : undefined;
  const { deducedType, result } = wanted.typedResult ?? {};
  if (deducedType !== undefined && formatType(typeFrom(deducedType)) !== formatType(program.type)) {
    return `Type is ${formatType(program.type)}, expected ${JSON.stringify(deducedType)}`;
  }
  if (wanted.checkOnly === true) return undefined;
  const outcome = program.evaluate(values, 1e9);
  if (wanted.evalError !== undefined) return outcome.error === undefined ? 'Expected an error' : undefined;
  if (outcome.error !== undefined) return outcome.error.message;
  const value = valueOf(result ?? wanted.value ?? { boolValue: true });
  const areNaN = [value, outcome.value].every((one) => one instanceof Double && Number.isNaN(one.value));
  const isSame = areNaN || (typeNameOf(value) === typeNameOf(outcome.value) && equals(value, outcome.value));
  return isSame ? undefined : `Unexpected value of type ${typeNameOf(outcome.value)}`;
}

test('every case of cel-spec that is in scope passes', async (t) => {
  const counts: Record<string, number> = {};
  for (const file of (conformance as Suite).suites ?? []) {
    await t.test(file.name, () => {
      const inScope = casesOf(file).filter((one) => !outOfScope.some(({ applies }) => applies(one)));
      const problems = inScope.flatMap((one) => {
        const problem = problemOf(one);
        return problem === undefined ? [] : [`${one.name}: ${one.expr}: ${problem}`];
      });
      counts[file.name] = inScope.length - problems.length;
      assert.deepEqual(problems, []);
    });
  }
  assert.deepEqual(counts, passingCounts);
});
