import { Environment } from '@marcbachmann/cel-js';
import { compile, type Variable } from '../kernel/schema/cel/compile.ts';
import { perCallCostMax } from '../kernel/schema/cel/limits.ts';
import { typeOfSchema } from '../kernel/schema/cel/schema-types.ts';
import { types } from '../kernel/schema/cel/types.ts';
import { array, integer, mapOf, object, string } from '../kernel/schema/schema.ts';
import { head, row } from './report.ts';
import { microsecondsOf } from './statistics.ts';

/**
 * CEL: reading, checking and evaluating an expression, beside the evaluator of `@marcbachmann/cel-js` on the same ones. Both
 * take plain JSON. Ours knows the schema, counts costs and keeps ints of 64 bits apart from doubles.
 */

const specSchema = object({
  minReplicas: integer(),
  replicas: integer(),
  maxReplicas: integer(),
  labels: mapOf(string({ maxLength: 63 })),
  image: string({ maxLength: 253 }),
  ports: array(object({ name: string({ maxLength: 15 }), port: integer() }), { maxItems: 100 }),
});

const spec = {
  minReplicas: 1,
  replicas: 3,
  maxReplicas: 10,
  labels: { app: 'web', tier: 'front' },
  image: 'registry.example.com/web:1.2.3',
  ports: Array.from({ length: 20 }, (_item, index) => ({ name: `port-${index}`, port: 8000 + index })),
};

const expressions: readonly (readonly [name: string, expression: string])[] = [
  ['compare 3 ints', 'self.minReplicas <= self.replicas && self.replicas <= self.maxReplicas'],
  ['has, in, index', "has(self.labels) && 'app' in self.labels && self.labels['app'] == 'web'"],
  ['texts', "self.image.startsWith('registry.example.com/') && self.image.contains(':') && self.image.size() < 200"],
  ['all of 20', 'self.ports.all(p, p.port > 1024 && p.port < 65536)'],
  ['unique of 20', 'self.ports.all(p, self.ports.exists_one(q, q.port == p.port))'],
  ['map and filter of 20', 'self.ports.filter(p, p.port > 8009).map(p, p.name).size() == 10'],
];

/** Prints the table. */
export function measureCel(): void {
  const variable: Variable = { type: typeOfSchema(specSchema) ?? types.dyn, isTrusted: true };
  const environment = { variables: { self: variable } };
  const library = new Environment().registerVariable('self', 'map');
  head('CEL, µs', 'evaluate', 'cel-js', 'times faster', 'read, check', 'and generate, evaluate once', 'cel-js reads');
  for (const [name, expression] of expressions) {
    const { program } = compile(expression, environment);
    if (program?.evaluate({ self: spec }, perCallCostMax).value !== true)
      throw new Error(`Expected true: ${expression}`);
    const theirs = library.parse(expression);
    if (theirs({ self: spec }) !== true) throw new Error(`Expected true of the library: ${expression}`);
    const evaluate = microsecondsOf(() => program.evaluate({ self: spec }, perCallCostMax));
    const evaluateTheirs = microsecondsOf(() => theirs({ self: spec }));
    const compiling = microsecondsOf(() => compile(expression, environment));
    const first = microsecondsOf(() =>
      compile(expression, environment).program?.evaluate({ self: spec }, perCallCostMax),
    );
    const reading = microsecondsOf(() => library.parse(expression));
    row(name, evaluate, evaluateTheirs, evaluateTheirs / evaluate, compiling, first, reading);
  }
}
