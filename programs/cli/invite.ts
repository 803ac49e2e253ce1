import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { formatTime } from '../../kernel/base/clock.ts';
import { isApiError } from '../../kernel/meta/errors.ts';
import { type JoinFile, formatJoinToken } from '../../planes/management/jointoken/join-file.ts';
import { joinTokenKind } from '../../planes/management/jointoken/type.ts';
import { connectHub } from './connect.ts';
import { CommandError } from './exit.ts';

/** How long a join file can be used. */
const validForMs = 3_600_000;

/** What a new site is to be. */
export interface Invitation {
  readonly kubeconfig: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Where the join file goes. */
  readonly joinFile: string;
}

/** Creates a JoinToken at the hub and writes the join file (mode 0600). The secret is only in the file. */
export async function inviteSite(invitation: Invitation): Promise<void> {
  await using hub = await connectHub(invitation.kubeconfig);
  const secret = randomBytes(24).toString('base64url');
  const tokenName = `${invitation.name}-${randomBytes(4).toString('hex')}`;
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
    if (isApiError(error, 'Invalid', 'Forbidden')) throw new CommandError(error.message, undefined, { cause: error });
    throw error;
  }
  const content: JoinFile = { hubUrls: [hub.url], caPem: hub.caPem, token: formatJoinToken(tokenName, secret) };
  await writeFile(invitation.joinFile, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
}

/** `key=value` texts as labels. @throws {CommandError} naming the one that is not. */
export function parseLabels(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const equals = text.indexOf('=');
      if (equals < 1) throw new CommandError(`--label is "${text}": it must be key=value`);
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}
