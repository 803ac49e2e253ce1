import { declare, type Overload } from '../function.ts';
import { Opaque, type Value } from '../values.ts';
import { fixedCost } from './costs.ts';

/** Questions to the authorizer (Kubernetes `library/authz.go`), put together step by step and asked by `check`. */

/** What is asked. Absent fields are empty. */
export interface AuthorizationQuestion {
  readonly verb: string;
  /** Set for a path that is no resource; then nothing but the verb and the user counts. */
  readonly path?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Asked for this service account instead of the user of the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** What the authorizer says. An error is a value: expressions see it by `errored()`. */
export interface AuthorizationAnswer {
  readonly allowed: boolean;
  readonly reason: string;
  readonly error?: string;
}

/** Answers at once, from what is in memory. */
export type AskAuthorizer = (question: AuthorizationQuestion) => AuthorizationAnswer;

const prefix = 'kubernetes.authorization';

type Asked = Omit<AuthorizationQuestion, 'verb'>;

class Check extends Opaque {
  readonly typeName: string;
  readonly ask: AskAuthorizer;
  readonly asked: Asked;

  constructor(typeName: string, ask: AskAuthorizer, asked: Asked) {
    super();
    this.typeName = typeName;
    this.ask = ask;
    this.asked = asked;
  }

  equals(other: Opaque): boolean {
    return other === this;
  }

  with(typeName: string, more: Asked): Check {
    return new Check(typeName, this.ask, { ...this.asked, ...more });
  }
}

class Decision extends Opaque {
  readonly typeName = `${prefix}.Decision`;
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    super();
    this.answer = answer;
  }

  equals(other: Opaque): boolean {
    return other === this;
  }
}

/** The variable `authorizer` of a request; its type is `kubernetes.authorization.Authorizer`. */
export function authorizerValue(ask: AskAuthorizer): Value {
  return new Check(`${prefix}.Authorizer`, ask, {});
}

/** The variable `authorizer.requestResource`: the resource of the request; its type is `….ResourceCheck`. */
export function requestResourceValue(
  ask: AskAuthorizer,
  resource: Omit<AuthorizationQuestion, 'verb' | 'path'>,
): Value {
  return new Check(`${prefix}.ResourceCheck`, ask, resource);
}

const [authorizer, pathCheck, groupCheck, resourceCheck, decision] = [
  'Authorizer',
  'PathCheck',
  'GroupCheck',
  'ResourceCheck',
  'Decision',
].map((name) => `${prefix}.${name}`) as [string, string, string, string, string];

function narrow(field: keyof Asked): readonly Overload[] {
  const call = (check: Check, value: string) => check.with(resourceCheck, { [field]: value });
  return declare(field, { [`self: ${resourceCheck}, string -> ${resourceCheck}`]: call }, fixedCost(1));
}

function check(question: Check, verb: string): Decision {
  return new Decision(question.ask({ ...question.asked, verb }));
}

/** Asking costs so much that an expression can ask twice. */
const checkCost = fixedCost(350_000);

/** The library. */
export const authorizerLibrary: readonly Overload[] = [
  ...declare(
    'path',
    { [`self: ${authorizer}, string -> ${pathCheck}`]: (one: Check, path: string) => one.with(pathCheck, { path }) },
    fixedCost(1),
  ),
  ...declare(
    'group',
    {
      [`self: ${authorizer}, string -> ${groupCheck}`]: (one: Check, group: string) => one.with(groupCheck, { group }),
    },
    fixedCost(1),
  ),
  ...declare(
    'serviceAccount',
    {
      [`self: ${authorizer}, string, string -> ${authorizer}`]: (one: Check, namespace: string, name: string) =>
        one.with(authorizer, { serviceAccount: { namespace, name } }),
    },
    fixedCost(1),
  ),
  ...declare(
    'resource',
    {
      [`self: ${groupCheck}, string -> ${resourceCheck}`]: (one: Check, resource: string) =>
        one.with(resourceCheck, { resource }),
    },
    fixedCost(1),
  ),
  ...(['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const).flatMap(narrow),
  ...declare(
    'check',
    { [`self: ${pathCheck}, string -> ${decision}`]: check, [`self: ${resourceCheck}, string -> ${decision}`]: check },
    checkCost,
  ),
  ...declare('allowed', { [`self: ${decision} -> bool`]: ({ answer }: Decision) => answer.allowed }, fixedCost(1)),
  ...declare('reason', { [`self: ${decision} -> string`]: ({ answer }: Decision) => answer.reason }, fixedCost(1)),
  ...declare(
    'errored',
    { [`self: ${decision} -> bool`]: ({ answer }: Decision) => answer.error !== undefined },
    fixedCost(1),
  ),
  ...declare('error', { [`self: ${decision} -> string`]: ({ answer }: Decision) => answer.error ?? '' }, fixedCost(1)),
];
