/** A listener with its certificates, for tests of what stands in front of the handler. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { silentLogger } from '../../base/logger.ts';
import { systemClock } from '../../base/system-clock.ts';
import { systemRandom } from '../../base/system-random.ts';
import { connectNodeTransport, type NodeTransport } from '../../client/http/node-transport.ts';
import type { RequestHandler } from '../../ports/endpoint.ts';
import { createHandler } from '../handler.ts';
import { type Listener, startListener } from '../listener.ts';
import type { CertificateAuthority, CertifiedKey } from '../pki/certificate-authority.ts';
import { openAuthority } from '../pki/file-authority.ts';
import { servingProfile } from '../pki/kept-certificate.ts';
import { defaultServerLimits, type ServerLimits } from '../server-limits.ts';
import { FakeResources, fakeCatalog } from './fake-resources.ts';

/** A running listener and what it takes to reach it. */
export interface ListenerWorld {
  readonly resources: FakeResources;
  readonly listener: Listener;
  readonly authority: CertificateAuthority;
  readonly serving: CertifiedKey;
  readonly admin: CertifiedKey;
  readonly open: (identity?: CertifiedKey) => Promise<NodeTransport>;
}

/** A listener on a free port; the user `admin`, or the token `admin-token`, may do everything. */
export async function openListener(
  t: TestContext,
  handler?: RequestHandler,
  limits: Partial<ServerLimits> = {},
): Promise<ListenerWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'planform-listener-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tools = { clock: systemClock, random: systemRandom };
  const authority = await openAuthority({ folder, commonName: 'test', ...tools });
  const serving = await authority.issue(servingProfile());
  const client = { organizations: [], validForMs: 3_600_000, usage: 'client', names: [] } as const;
  const admin = await authority.issue({ ...client, commonName: 'admin' });
  const resources = new FakeResources();
  const listener = await startListener({
    handler: handler ?? widgetHandler(resources),
    host: '127.0.0.1',
    port: 0,
    serving,
    clientCaPems: [authority.certificatePem],
    limits: { ...defaultServerLimits, ...limits },
    logger: silentLogger,
    ...tools,
  });
  const opened: NodeTransport[] = [];
  t.after(async () => {
    for (const transport of opened) transport.destroy();
    await listener.stop(0);
  });
  const open = async (identity: CertifiedKey = admin) => {
    const url = `https://127.0.0.1:${listener.port}`;
    const transport = await connectNodeTransport(
      { url, caPem: authority.certificatePem, identity, clock: systemClock },
      new AbortController().signal,
    );
    opened.push(transport);
    return transport;
  };
  return { resources, listener, authority, serving, admin, open };
}

function widgetHandler(resources: FakeResources): RequestHandler {
  return createHandler({
    resources,
    catalog: fakeCatalog(),
    authenticator: {
      authenticate: ({ certificate, bearerToken }) => {
        if (bearerToken === 'admin-token') return { name: 'admin', groups: [] };
        return certificate && { name: certificate.commonName, groups: certificate.organizations };
      },
    },
    authorizer: { authorize: ({ user }) => ({ verdict: user.name === 'admin' ? 'allow' : 'noOpinion', reason: '' }) },
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    version: { product: '0', gitCommit: '', buildDate: '' },
    runtime: { name: 'node', platform: 'test' },
  });
}
