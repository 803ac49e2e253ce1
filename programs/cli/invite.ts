import { createHash, randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { formatTime } from '../../kernel/base/clock.ts';
import { errorText } from '../../kernel/meta/errors.ts';
import { type JoinFile, formatJoinToken } from '../../planes/management/jointoken/join-file.ts';
import { joinTokenKind } from '../../planes/management/jointoken/type.ts';
import { type Connection, connectHub } from './connect.ts';
import { CommandError, UsageError } from './exit.ts';
import type { ServerChoice } from './options.ts';

/** How long a join file can be used. */
const validForMs = 3_600_000;

/** What a new site is to be. */
export interface Invitation extends ServerChoice {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the join file goes. */
  readonly joinFile: string;
  /** Where the site is to find the hub, in order of preference. Empty: where the kubeconfig does. */
  readonly hubUrls: readonly string[];
}

/**
 * Creates a JoinToken at the hub and writes the join file (mode 0600). The secret is only in the file.
 * @returns the addresses in the join file.
 */
export async function inviteSite(invitation: Invitation): Promise<readonly string[]> {
  await using hub = await connectHub(invitation);
  const secret = randomBytes(24).toString('base64url');
  const tokenName = `${invitation.name}-${randomBytes(4).toString('hex')}`;
  const hubUrls = invitation.hubUrls.length === 0 ? [hub.url] : invitation.hubUrls;
  // Written first: a token whose secret is nowhere would only lie about at the hub.
  await writeJoinFile(invitation.joinFile, { hubUrls, caPem: hub.caPem, token: formatJoinToken(tokenName, secret) });
  await createToken(hub, tokenName, secret, invitation);
  return hubUrls;
}

async function createToken(hub: Connection, tokenName: string, secret: string, invitation: Invitation): Promise<void> {
  try {
    await hub.client.create(
      joinTokenKind,
      {
        metadata: { name: tokenName },
        spec: {
          siteName: invitation.name,
          siteLabels: invitation.labels,
          accept: true,
          usesMax: 1,
          expiresAt: formatTime(Date.now() + validForMs),
          secretHash: `sha256:${createHash('sha256').update(secret).digest('hex')}`,
        },
      },
      {},
      hub.signal,
    );
  } catch (error) {
    await rm(invitation.joinFile, { force: true });
    throw error;
  }
}

async function writeJoinFile(path: string, content: JoinFile): Promise<void> {
  try {
    // The mode counts for new files only: a secret must not go into one that others can read.
    await rm(path, { force: true });
    await writeFile(path, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new CommandError(
      `Cannot write the join file "${path}": ${errorText(cause)}`,
      'choose another one with --out',
      {
        cause,
      },
    );
  }
}

/** True for an address that leads every machine to itself. */
export function isLoopbackUrl(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

/** Checks `--hub-url`. @throws {UsageError} naming the one that is no https address. */
export function parseHubUrls(texts: readonly string[]): readonly string[] {
  return texts.map((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === 'https:' && url.pathname === '/') return url.origin;
    throw new UsageError(`--hub-url is "${text}": it must be https://<host>[:<port>]`);
  });
}

/** `key=value` texts as labels. @throws {UsageError} naming the one that is not. */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals < 1) throw new UsageError(`--label is "${text}": it must be key=value`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
