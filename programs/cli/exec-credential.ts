import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { text } from 'node:stream/consumers';
import { isatty } from 'node:tty';
import { errorText } from '../../kernel/meta/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/meta/object.ts';
import { CommandError } from './exit.ts';

/** The command a user of a kubeconfig gets credentials from: `users[].user.exec`. */
export interface CredentialCommand {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
}

/**
 * Runs a credential plugin as kubectl does (client.authentication.k8s.io): without a shell, with this terminal.
 * @param kubeconfigPath a command with a path that is not absolute stands beside this file.
 * @returns `status` of its ExecCredential. @throws {CommandError} when it fails or answers something else.
 */
export async function runCredentialCommand(exec: CredentialCommand, kubeconfigPath: string): Promise<JsonObject> {
  const { apiVersion, command, args, env } = exec;
  const isBeside = command.includes(sep) && !isAbsolute(command);
  const program = isBeside ? resolve(dirname(kubeconfigPath), command) : command;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: isatty(0) } };
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  const failed = (why: string, cause?: unknown) =>
    new CommandError(
      `Cannot get credentials from "${program}", which the kubeconfig "${kubeconfigPath}" names: ${why}`,
      undefined,
      {
        cause,
      },
    );
  const child = spawn(program, args, {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...process.env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
  });
  let code: unknown;
  let output = '';
  try {
    [[code], output] = await Promise.all([once(child, 'close') as Promise<unknown[]>, text(child.stdout)]);
  } catch (cause) {
    throw failed(errorText(cause), cause);
  }
  if (code !== 0) throw failed(`it ended with code ${String(code)}`);
  const status = statusOf(output);
  if (status === undefined) throw failed('it printed no ExecCredential');
  return status;
}

function statusOf(output: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(output);
    const status = isJsonObject(value) && value['kind'] === 'ExecCredential' ? value['status'] : undefined;
    return isJsonObject(status) ? status : undefined;
  } catch {
    return undefined;
  }
}
