import type { FieldError } from '../../meta/errors.ts';
import type { JsonObject } from '../../meta/object.ts';
import type { UserInfo } from '../../ports/auth.ts';
import { childrenOf, type Expr } from '../../schema/cel/ast.ts';
import { compile, type Environment, type Program } from '../../schema/cel/compile.ts';
import { perCallCostMax } from '../../schema/cel/limits.ts';
import { parse } from '../../schema/cel/parser.ts';
import { listType, mapType, objectType, type Type, types } from '../../schema/cel/types.ts';
import type { Value } from '../../schema/cel/values.ts';
import type { JwtConfiguration } from './configuration-file.ts';

/** Claims of a token that was verified do not make a user. The message is for logs. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError';
}

/** An issuer whose expressions are compiled. */
export interface CompiledIssuer extends Pick<JwtConfiguration, 'issuer'> {
  /** The user its claims stand for, without `system:authenticated`. @throws {ClaimError} when they stand for none. */
  readonly userOf: (claims: JsonObject) => UserInfo;
}

const claimsType = mapType(types.string, types.dyn);
const textList = listType(types.string);
const userType = objectType(
  'kubernetes.UserInfo',
  new Map(
    Object.entries({
      username: types.string,
      uid: types.string,
      groups: textList,
      extra: mapType(types.string, textList),
    }).map(([jsonName, type]) => [jsonName, { type, jsonName }]),
  ),
);

/** Compiles the expressions of an issuer. @param errors told which of them cannot be used. */
export function compileIssuer(jwt: JwtConfiguration, at: string, errors: FieldError[]): CompiledIssuer {
  const { claimMappings, claimValidationRules = [], userValidationRules = [] } = jwt;
  const { username, groups, uid, extra = [] } = claimMappings;
  const compiler = new Compiler(errors);
  const mappings = `${at}.claimMappings`;
  const toName = compiler.value(username, `${mappings}.username`);
  const toGroups = compiler.value(groups, `${mappings}.groups`);
  const toUid = compiler.value(uid, `${mappings}.uid`);
  const toExtra = extra.map(({ key, valueExpression: expression }, index) => {
    const program = compiler.value({ expression }, `${mappings}.extra[${index}].valueExpression`, '');
    return { key, program };
  });
  const claimChecks = claimValidationRules.map((rule, index) =>
    compiler.claimCheck(rule, `${at}.claimValidationRules[${index}]`),
  );
  const userChecks = userValidationRules.map(({ expression, message = '' }, index) =>
    compiler.check('user', expression, message, `${at}.userValidationRules[${index}].expression`),
  );
  requireVerifiedEmail(jwt, `${mappings}.username.expression`, errors);
  return {
    issuer: jwt.issuer,
    userOf(claims) {
      const name = toName === undefined ? readUserName(username, claims) : textOf(toName(claims), 'username');
      if (name === '') throw new ClaimError('the username is empty');
      const user = {
        name,
        uid: toUid === undefined ? readUid(uid, claims) : textOf(toUid(claims), 'uid'),
        groups: toGroups === undefined ? readGroups(groups, claims) : textsOf(toGroups(claims), 'groups'),
        extra: extraOf(toExtra, claims),
      };
      for (const check of claimChecks) check(claims);
      const shown = { username: user.name, uid: user.uid, groups: user.groups, extra: user.extra };
      for (const check of userChecks) check(shown);
      return user;
    },
  };
}

type Evaluation = (claims: JsonObject) => Value;
type Check = (subject: object) => void;

/** Compiles expressions and gathers what is wrong with them. */
class Compiler {
  readonly #errors: FieldError[];

  constructor(errors: FieldError[]) {
    this.#errors = errors;
  }

  /** `undefined` where a claim is named instead. */
  value(
    mapping: { readonly expression?: string } | undefined,
    path: string,
    suffix = '.expression',
  ): Evaluation | undefined {
    const { expression = '' } = mapping ?? {};
    if (expression === '') return undefined;
    const program = this.#compile(expression, { variables: { claims: { type: claimsType } } }, `${path}${suffix}`);
    return (claims) => evaluate(program, { claims });
  }

  check(variable: 'claims' | 'user', expression: string, message: string, path: string): Check {
    const type: Type = variable === 'user' ? userType : claimsType;
    const variables = { [variable]: { type } };
    const program = this.#compile(expression, { variables, results: [types.bool] }, path);
    return (subject) => {
      if (evaluate(program, { [variable]: subject }) !== true) {
        throw new ClaimError(message === '' ? `"${expression}" is not true` : message);
      }
    };
  }

  claimCheck(rule: NonNullable<JwtConfiguration['claimValidationRules']>[number], path: string): Check {
    const { claim = '', requiredValue = '', expression = '', message = '' } = rule;
    if (claim === '') return this.check('claims', expression, message, `${path}.expression`);
    return (claims) => {
      const value = claimIn(claims as JsonObject, claim);
      if (typeof value !== 'string') throw new ClaimError(`the claim ${JSON.stringify(claim)} is not there or no text`);
      if (value !== requiredValue) throw new ClaimError(`the claim ${JSON.stringify(claim)} is not the required value`);
    };
  }

  #compile(expression: string, environment: Environment, path: string): Program | undefined {
    const { program, errors } = compile(expression, environment);
    if (errors === undefined) return program;
    this.#errors.push({
      type: 'Invalid',
      path,
      value: expression,
      detail: `compilation failed: ${errors.text}`,
    });
    return undefined;
  }
}

function evaluate(program: Program | undefined, variables: Readonly<Record<string, Value>>): Value {
  if (program === undefined) throw new ClaimError('the expression was not compiled');
  const outcome = program.evaluate(variables, perCallCostMax);
  if (outcome.error !== undefined) throw new ClaimError(`an expression failed: ${outcome.error.message}`);
  return outcome.value;
}

/** A claim under its own name; nothing that JavaScript objects have by themselves is one. */
function claimIn(claims: JsonObject, name: string): Value {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

type Mapping = JwtConfiguration['claimMappings']['username'];

function readUserName({ claim = '', prefix }: Mapping, claims: JsonObject): string {
  const value = claimIn(claims, claim);
  if (typeof value !== 'string') throw new ClaimError(`the claim ${JSON.stringify(claim)} is not there or no text`);
  // Kubernetes: an address that was not verified names nobody; without the claim it counts as verified.
  const verified = claimIn(claims, 'email_verified');
  if (claim === 'email' && verified !== undefined && verified !== true)
    throw new ClaimError('the email is not verified');
  return value === '' ? '' : `${prefix ?? ''}${value}`;
}

function readUid(mapping: { readonly claim?: string } | undefined, claims: JsonObject): string {
  const { claim = '' } = mapping ?? {};
  return claim === '' ? '' : textOf(claimIn(claims, claim), 'uid');
}

function readGroups(mapping: Mapping | undefined, claims: JsonObject): readonly string[] {
  const { claim = '', prefix } = mapping ?? {};
  const value = claim === '' ? undefined : claimIn(claims, claim);
  return value === undefined ? [] : textsOf(value, 'groups').map((group) => `${prefix ?? ''}${group}`);
}

function textOf(value: Value, what: string): string {
  if (typeof value === 'string') return value;
  throw new ClaimError(`the ${what} is no text`);
}

/** A text, a list of texts, or nothing. */
function textsOf(value: Value, what: string): readonly string[] {
  if (value === null || value === '') return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ClaimError(`the ${what} are neither a text nor a list of texts`);
}

function extraOf(
  programs: readonly { readonly key: string; readonly program: Evaluation | undefined }[],
  claims: JsonObject,
): Readonly<Record<string, readonly string[]>> {
  const extra = programs.map(
    ({ key, program }) => [key, textsOf(program?.(claims) ?? null, `values of "${key}"`)] as const,
  );
  return Object.fromEntries(extra.filter(([, values]) => values.length > 0));
}

/** Kubernetes: an expression that makes a name of an address has to look at whether it was verified, somewhere. */
function requireVerifiedEmail(jwt: JwtConfiguration, path: string, errors: FieldError[]): void {
  const { username, extra = [] } = jwt.claimMappings;
  const { expression = '' } = username;
  if (!readsClaim(expression, 'email')) return;
  const others = [
    expression,
    ...extra.map(({ valueExpression }) => valueExpression),
    ...(jwt.claimValidationRules ?? []).map((rule) => rule.expression ?? ''),
  ];
  if (others.some((other) => readsClaim(other, 'email_verified'))) return;
  const detail =
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';
  errors.push({ type: 'Invalid', path, value: expression, detail });
}

/** True if the expression reads `claims.<name>`, also as `claims.?name` or `claims["name"]`. */
function readsClaim(expression: string, name: string): boolean {
  const { expr } = { expr: undefined, ...parse(expression) };
  return expr !== undefined && selects(expr, name);
}

function selects(expr: Expr, name: string): boolean {
  if (expr.kind === 'select' && expr.field === name && isClaims(expr.operand)) return true;
  if (expr.kind === 'call') {
    const [operand, key] = expr.args;
    const isNamed = key?.kind === 'literal' && key.value === name;
    if (operand !== undefined && isNamed && isClaims(operand)) return true;
  }
  return childrenOf(expr).some((child) => selects(child, name));
}

function isClaims(expr: Expr): boolean {
  return expr.kind === 'ident' && expr.name === 'claims';
}
