/**
 * What of the conformance data of cel-spec is out of scope, and how many cases of each file pass. A case is out of scope
 * for the first reason that fits; every other one has to pass.
 */

/** Why cases are left out. */
export const outOfScope: readonly { readonly reason: string; readonly applies: (test: ConformanceCase) => boolean }[] = [
  {
    reason: 'messages and enums of protobuf: Kubernetes objects are JSON, no expression can build or read a message',
    applies: (test) =>
      /TestAllTypes|TestRequired|NestedTestAllTypes|GlobalEnum|proto\.(?:getExt|hasExt)|\.pb\.|google\.protobuf\.(?!Timestamp|Duration)/.test(
        test.expr,
      ) ||
      /\b(?:Bool|Bytes|Double|Float|Int32|Int64|String|UInt32|UInt64|Null)?Value\{/.test(test.expr) ||
      /messageType|enumValue|"wellKnown":"ANY"|"wrapper"|TestAllTypes|google\.protobuf\.(?!Timestamp|Duration)/.test(
        JSON.stringify([test.value, test.typedResult, test.typeEnv, test.bindings]) ?? '',
      ),
  },
  {
    reason: 'cel.block, which optimizers of cel-go write and people do not',
    applies: ({ expr }) => /\bcel\.(?:block|index|iterVar|accuVar)\(/.test(expr),
  },
  {
    reason: 'functions that only the test declares',
    applies: ({ typeEnv = [] }) => typeEnv.some((declared) => 'function' in declared),
  },
  {
    reason: 'names in a container: Kubernetes has none',
    applies: ({ container = '', expr }) => container === 'x' && expr === 'y',
  },
  {
    reason: 'what the type checker refuses: it is never evaluated, as in Kubernetes',
    applies: ({ name, disableCheck = false }) => disableCheck && refused.has(name),
  },
];

/** Cases with the checker switched off that it would refuse. */
const refused = new Set([
  ...'as break const continue else for function if import let loop package namespace return var void while'.split(' '),
  'unbound_is_runtime_error',
  'not_eq_list_length',
  'eq_mixed_types',
  'eq_list_elem_mixed_types',
  'ne_mixed_types',
  'mixed_type',
  'short_circuit_type_left',
  'short_circuit_type_right',
]);

/** One case, as `@bufbuild/cel-spec` has it: the JSON form of `cel.expr.conformance.test.SimpleTest`. */
export interface ConformanceCase {
  readonly name: string;
  readonly expr: string;
  readonly value?: Readonly<Record<string, unknown>>;
  readonly typeEnv?: readonly Readonly<Record<string, unknown>>[];
  readonly bindings?: Readonly<Record<string, { readonly value?: Readonly<Record<string, unknown>> }>>;
  readonly container?: string;
  readonly disableCheck?: boolean;
  readonly checkOnly?: boolean;
  readonly evalError?: unknown;
  readonly typedResult?: { readonly result?: Readonly<Record<string, unknown>>; readonly deducedType?: unknown };
}

/** Passing cases of each file of cel-spec 0.25.1. The numbers may only grow. */
export const passingCounts: Readonly<Record<string, number>> = {
  basic: 41,
  bindings_ext: 5,
  block_ext: 0,
  comparisons: 330,
  conversions: 109,
  dynamic: 0,
  encoders_ext: 4,
  enums: 0,
  fields: 60,
  fp_math: 30,
  integer_math: 64,
  lists: 39,
  logic: 25,
  macros: 44,
  macros2: 46,
  math_ext: 199,
  namespace: 1,
  optionals: 59,
  parse: 176,
  plumbing: 5,
  proto2: 0,
  proto2_ext: 0,
  proto3: 0,
  string: 51,
  string_ext: 206,
  timestamps: 75,
  type_deductions: 21,
  unknowns: 0,
  wrappers: 0,
};
