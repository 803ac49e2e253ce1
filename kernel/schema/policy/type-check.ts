import { typeOfSchema } from '../cel/schema-types.ts';
import type { Type } from '../cel/types.ts';
import { wholeObjectSchema } from '../compile.ts';
import { findVersion, type KindDefinition } from '../kind.ts';
import { formatApiVersion, parseApiVersion } from '../../meta/object.ts';
import type { ExpressionWarning, ParamKind, ValidatingAdmissionPolicySpec } from '../standard/types.ts';
import { compileValidatingPolicy, type PolicyExpression } from './compile.ts';

/** Most kinds one policy is checked against (Kubernetes `maxTypesToCheck`). */
const kindsMax = 10;

/** A kind in one version. */
interface VersionedKind {
  readonly definition: KindDefinition;
  readonly version: string;
}

/**
 * Checks the expressions of a policy against the schemas of the kinds its rules name outright; rules with `*` say too little
 * (Kubernetes `validating/typechecking.go`).
 */
export function typeCheckPolicy(
  spec: ValidatingAdmissionPolicySpec,
  kinds: readonly KindDefinition[],
): readonly ExpressionWarning[] {
  const params = spec.paramKind === undefined ? undefined : typeOfParams(spec.paramKind, kinds);
  const found = kindsOf(spec, kinds).map((kind) => {
    const object = typeOf(kind);
    const known = { ...(object === undefined ? {} : { object }), ...(params === undefined ? {} : { params }) };
    const compiled = compileValidatingPolicy(spec, { mode: 'stored', ...known });
    const apiVersion = formatApiVersion(kind.definition.group, kind.version);
    return { subject: `${apiVersion}, Kind=${kind.definition.kind}`, compiled };
  });
  const warnings: ExpressionWarning[] = [];
  const gather = (
    fieldRef: string,
    pick: (compiled: (typeof found)[number]['compiled']) => PolicyExpression | undefined,
  ) => {
    const problems = found.flatMap(({ subject, compiled }) => {
      const problem = pick(compiled)?.problem;
      return problem === undefined ? [] : [`${subject}: ${problem.replace(/^compilation failed: /, '')}`];
    });
    if (problems.length > 0) warnings.push({ fieldRef, warning: problems.join('\n') });
  };
  (spec.validations ?? []).forEach((validation, index) => {
    const path = `spec.validations[${index}]`;
    gather(`${path}.expression`, ({ validations }) => validations[index]?.compiled);
    if (validation.messageExpression === undefined) return;
    gather(`${path}.messageExpression`, ({ validations }) => validations[index]?.message);
  });
  return warnings;
}

/** The kinds that rules without `*` name, in the order of their names. */
function kindsOf({ matchConstraints }: ValidatingAdmissionPolicySpec, kinds: readonly KindDefinition[]) {
  const found = new Map<string, VersionedKind>();
  for (const { apiGroups = [], apiVersions = [], resources = [] } of matchConstraints?.resourceRules ?? []) {
    for (const definition of kinds) {
      if (!apiGroups.includes(definition.group) || !resources.includes(definition.plural)) continue;
      for (const version of apiVersions) {
        if (findVersion(definition, version) === undefined) continue;
        found.set(`${definition.group}/${version} ${definition.kind}`, { definition, version });
      }
    }
  }
  return [...found]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, kindsMax)
    .map(([, kind]) => kind);
}

function typeOf({ definition, version }: VersionedKind): Type | undefined {
  const schema = findVersion(definition, version)?.schema;
  return schema === undefined ? undefined : typeOfSchema(wholeObjectSchema(schema));
}

function typeOfParams({ apiVersion = '', kind = '' }: ParamKind, kinds: readonly KindDefinition[]): Type | undefined {
  const { group, version } = parseApiVersion(apiVersion);
  const definition = kinds.find((one) => one.group === group && one.kind === kind);
  return definition === undefined ? undefined : typeOf({ definition, version });
}
