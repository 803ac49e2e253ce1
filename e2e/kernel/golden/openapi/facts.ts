/** What an OpenAPI v3 document of one group and version says, as far as clients rely on it. */
export interface Document {
  readonly paths?: Readonly<Record<string, PathItem>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Extended>> };
}

interface Parameter {
  readonly name: string;
  readonly in: string;
}

type PathItem = Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] };

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly 'x-kubernetes-action'?: string;
  readonly 'x-kubernetes-group-version-kind'?: Kind;
}

/** A schema or a field of one. */
interface Extended {
  readonly properties?: Readonly<Record<string, Extended>>;
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options'];

/**
 * Facts as lines, sorted: `/api/v1/pods get: list /v1/Pod`, `/api/v1/pods get ?limit`, `io.k8s.api.core.v1.PodSpec.containers
 * list-map-keys ["name"]`. Descriptions and the shapes of bodies are none.
 */
export function factsOf({ paths = {}, components }: Document): readonly string[] {
  const operations = Object.entries(paths).flatMap(([path, item]) => pathFacts(path, item));
  const schemas = Object.entries(components?.schemas ?? {}).flatMap(([name, schema]) => schemaFacts(name, schema));
  return [...new Set([...operations, ...schemas])].sort();
}

function pathFacts(path: string, item: PathItem): readonly string[] {
  return methods.flatMap((method) => {
    const operation = item[method];
    if (operation === undefined) return [];
    const { group = '', version = '', kind = '' } = operation['x-kubernetes-group-version-kind'] ?? {};
    const action = operation['x-kubernetes-action'] ?? '-';
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])];
    return [
      `${path} ${method}: ${action} ${group}/${version}/${kind}`,
      ...parameters.map(({ name, in: place }) => `${path} ${method} ${place === 'query' ? '?' : `${place} `}${name}`),
    ];
  });
}

function schemaFacts(name: string, schema: Extended): readonly string[] {
  return [
    ...extensionFacts(name, schema),
    ...Object.entries(schema.properties ?? {}).flatMap(([field, one]) => extensionFacts(`${name}.${field}`, one)),
  ];
}

function extensionFacts(subject: string, schema: Extended): readonly string[] {
  const prefix = 'x-kubernetes-';
  return Object.entries(schema).flatMap(([key, value]) => {
    if (!key.startsWith(prefix)) return [];
    const said = key === 'x-kubernetes-group-version-kind' ? (value as readonly unknown[]) : [value];
    return said.map((one) => `${subject} ${key.slice(prefix.length)} ${JSON.stringify(sorted(one))}`);
  });
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

const parameterFact = /^(\/\S* \w+) ((?:\?|path ).+)$/;

/**
 * Facts in a form short enough to keep: lists of parameters, of which there are few, have numbers (`@3 ?limit ?watch`), and
 * what a line has in common with the one before is left out (`12|rest`). `unpackFacts` reads it.
 */
export function packFacts(facts: readonly string[]): string {
  const parameters = new Map<string, string[]>();
  const others: string[] = [];
  for (const fact of facts) {
    const [, operation, parameter] = parameterFact.exec(fact) ?? [];
    if (operation === undefined || parameter === undefined) others.push(fact);
    else parameters.set(operation, [...(parameters.get(operation) ?? []), parameter]);
  }
  const lists = [...new Set(parameters.values().map((list) => list.join('\t')))].sort();
  const numbered = parameters.entries().map(([operation, list]) => `${operation} @${lists.indexOf(list.join('\t'))}`);
  return [...lists.map((list, index) => `@${index}\t${list}\n`), ...shorten([...others, ...numbered].sort())].join('');
}

function shorten(lines: readonly string[]): readonly string[] {
  let before = '';
  return lines.map((line) => {
    let shared = 0;
    while (shared < before.length && before[shared] === line[shared]) shared++;
    before = line;
    return `${shared}|${line.slice(shared)}\n`;
  });
}

/** The facts of `packFacts`, sorted. */
export function unpackFacts(text: string): readonly string[] {
  const lists = new Map<string, readonly string[]>();
  const facts: string[] = [];
  let before = '';
  for (const line of text.split('\n').filter((one) => one !== '')) {
    if (line.startsWith('@')) {
      const [name = '', ...list] = line.split('\t');
      lists.set(name, list);
      continue;
    }
    const bar = line.indexOf('|');
    before = before.slice(0, Number(line.slice(0, bar))) + line.slice(bar + 1);
    const [operation = '', list] = before.split(/ (?=@\d+$)/);
    if (list === undefined) facts.push(before);
    else facts.push(...(lists.get(list) ?? []).map((parameter) => `${operation} ${parameter}`));
  }
  return facts.sort();
}
