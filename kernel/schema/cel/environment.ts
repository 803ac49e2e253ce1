import { type FunctionTable, functionTable, type Overload } from './function.ts';
import { authorizerLibrary } from './library/authorizer.ts';
import { encodersLibrary } from './library/encoders.ts';
import { formatsLibrary } from './library/formats.ts';
import { jsonPatchLibrary } from './library/json-patch.ts';
import { listShapesLibrary } from './library/list-shapes.ts';
import { listsLibrary } from './library/lists.ts';
import { mathLibrary } from './library/math.ts';
import { cidrLibrary, ipLibrary } from './library/net.ts';
import { optionalsLibrary } from './library/optionals.ts';
import { quantityLibrary } from './library/quantity.ts';
import { regexLibrary } from './library/regex.ts';
import { semverLibrary } from './library/semver.ts';
import { setsLibrary } from './library/sets.ts';
import { standardLibrary } from './library/standard.ts';
import { stringsLibrary } from './library/strings.ts';
import { urlsLibrary } from './library/urls.ts';

/**
 * Which functions there are. `kubernetes`: what kube-apiserver 1.36 has (`apiserver/pkg/cel/environment/base.go`), with
 * lists and maps of one type; `patches`: also what changes are made of, `Object{…}`, `JSONPatch{…}` and `jsonpatch.escapeKey`
 * (`admission/plugin/cel/compile.go` `hasPatchTypes`); `extended`: mathematics and base64 as well and mixed lists, for
 * expressions that only Planform reads.
 */
export type Dialect = 'kubernetes' | 'patches' | 'extended';

const kubernetesLibraries = [
  standardLibrary,
  stringsLibrary,
  optionalsLibrary,
  listsLibrary,
  listShapesLibrary,
  setsLibrary,
  regexLibrary,
  urlsLibrary,
  quantityLibrary,
  ipLibrary,
  cidrLibrary,
  formatsLibrary,
  semverLibrary,
  authorizerLibrary,
];

const additions: Readonly<Record<Dialect, readonly (readonly Overload[])[]>> = {
  kubernetes: [],
  patches: [jsonPatchLibrary],
  extended: [mathLibrary, encodersLibrary],
};

const tables = new Map<Dialect, FunctionTable>();

/** The functions of a dialect; put together when first asked for. */
export function functionsOf(dialect: Dialect): FunctionTable {
  const known = tables.get(dialect);
  if (known !== undefined) return known;
  const table = functionTable([...kubernetesLibraries, ...additions[dialect]]);
  tables.set(dialect, table);
  return table;
}
