import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:https';
import { clientId, type OpenIdProvider } from './provider.ts';

/** An ID token of a user, by the code flow with PKCE. */
export async function idTokenOf(provider: OpenIdProvider, user: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URL(`${provider.issuer}/auth`);
  const redirect = 'http://127.0.0.1:1/callback';
  asked.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid',
    redirect_uri: redirect,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const answer = new URL(await provider.signIn(asked.href, user));
  const code = answer.searchParams.get('code');
  assert.ok(code !== null, answer.href);
  const form = {
    grant_type: 'authorization_code',
    client_id: clientId,
    code,
    redirect_uri: redirect,
    code_verifier: verifier,
  };
  const text = await post(`${provider.issuer}/token`, new URLSearchParams(form).toString(), provider.caPem);
  const { id_token: token } = JSON.parse(text) as { id_token?: string };
  assert.ok(token !== undefined, text);
  return token;
}

function post(url: string, body: string, caPem: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const outgoing = request(url, { method: 'POST', headers, ca: caPem, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve(text)).on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
