import { assert } from '../../kernel/base/assert.ts';
import { isJsonObject } from '../../kernel/meta/object.ts';
import type { ComputedSubresource } from '../../kernel/ports/endpoint.ts';
import type { UserInfo } from '../../kernel/ports/auth.ts';
import { type Clock, parseTime } from '../../kernel/base/clock.ts';
import type { TokenIssuer } from '../../planes/control/pod-runtime/pod-tokens.ts';

/** Whoever runs pods on this host, as upstream names nodes. */
const nodeUser: UserInfo = { name: 'system:planform:controller:pod-runtime', groups: [] };

/**
 * Issues tokens to pods of this process, as a kubelet asks for them: bound to the pod, by the same rules as for everybody.
 * @param tokenRequests the subresource `serviceaccounts/token`.
 */
export function podTokenIssuer(tokenRequests: () => ComputedSubresource, clock: Clock): TokenIssuer {
  return {
    async issue({ namespace, account, pod, audience, seconds }, signal) {
      const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', ...pod };
      const audiences = audience === '' ? [] : [audience];
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences, expirationSeconds: seconds, boundObjectRef },
      };
      const request = { body, namespace, user: nodeUser, receivedAtMs: clock.nowMs(), signal };
      const { status } = await tokenRequests().create(request, account);
      const { token, expirationTimestamp } = isJsonObject(status) ? status : {};
      const endsAtMs = parseTime(typeof expirationTimestamp === 'string' ? expirationTimestamp : undefined);
      assert(
        typeof token === 'string' && endsAtMs !== undefined,
        'a token request is answered with a token and its end',
      );
      return { token, endsAtMs };
    },
  };
}
