import type { KubeObject } from '../../meta/object.ts';
import type { AdmissionAttributes, PendingView } from '../../ports/admission.ts';
import type { Authorizer } from '../../ports/auth.ts';
import type { KindLookup } from '../../ports/client.ts';
import type { DecisionMetrics } from '../decision-metrics.ts';
import { namespaceFinder } from '../find-namespace.ts';
import { type MatchedWrite, matchedWrite } from '../matching.ts';

/** What decisions of policies need. */
export interface PolicyPorts {
  readonly view: PendingView;
  readonly kinds: Pick<KindLookup, 'findKind'>;
  readonly authorizer: Authorizer;
  readonly metrics: DecisionMetrics;
}

/** A write that policies are asked about. */
export interface AskedWrite {
  readonly write: MatchedWrite;
  /** The Namespace it is in; absent for cluster-scoped objects and for Namespaces. */
  readonly namespace: KubeObject | undefined;
}

/** @throws {NotFoundError} when the namespace is not there. */
export function askedWrite(
  object: KubeObject | undefined,
  attributes: AdmissionAttributes,
  view: PendingView,
): AskedWrite {
  const findNamespace = namespaceFinder(attributes, view);
  const { definition, namespace } = attributes;
  const isNamespace = definition.group === '' && definition.plural === 'namespaces';
  return {
    write: matchedWrite(object, attributes, findNamespace),
    namespace: isNamespace || namespace === '' ? undefined : findNamespace(namespace),
  };
}
