import type { MetricFamily } from '../base/metrics.ts';
import type { Authorizer } from '../ports/auth.ts';
import { askedThrough } from './authorizers.ts';

interface Counted {
  readonly type: string;
  readonly name: string;
  allowed: number;
  denied: number;
}

/** Which authorizers decide how often, under the name of kube-apiserver 1.36; having no opinion is no decision. */
export class DecisionCounts {
  readonly #counted: Counted[] = [];

  /** The same authorizer, its decisions counted. @param type as in an AuthorizationConfiguration: `RBAC`. */
  counted(type: string, name: string, authorizer: Authorizer): Authorizer {
    const own: Counted = { type, name, allowed: 0, denied: 0 };
    this.#counted.push(own);
    return askedThrough(authorizer, (attributes) => {
      const decision = authorizer.authorize(attributes);
      if (decision.verdict === 'allow') own.allowed++;
      else if (decision.verdict === 'deny') own.denied++;
      return decision;
    });
  }

  /** What was counted. */
  families(): readonly MetricFamily[] {
    const samples = this.#counted.flatMap(({ type, name, allowed, denied }) =>
      Object.entries({ allowed, denied })
        .filter(([, value]) => value > 0)
        .map(([decision, value]) => ({ labels: { decision, name, type }, value })),
    );
    const help = 'Questions an authorizer decided, by its type and name.';
    return [{ name: 'apiserver_authorization_decisions_total', help, type: 'counter', samples }];
  }
}
