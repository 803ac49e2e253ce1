import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { type AuditRetention, defaultAuditRetention } from '../../kernel/audit/retention.ts';
import { UsageError } from '../cli/exit.ts';
import { listOption, wholeNumber } from '../cli/options.ts';

/** What a server is told about its audit log. */
export interface AuditConfig {
  /** Absolute; absent: the built-in policy. */
  readonly policyFile?: string;
  /** Where heads are kept besides the data folder. */
  readonly anchors: readonly AnchorConfig[];
  readonly retention: AuditRetention;
}

/** A place for heads. */
export type AnchorConfig =
  | { readonly kind: 'file'; readonly path: string }
  /** Run for every head, which it reads as a line of JSON. No shell. */
  | { readonly kind: 'command'; readonly argv: readonly string[] }
  /** Takes every head as the body of a POST. */
  | { readonly kind: 'url'; readonly url: string };

/** What a server does that was told nothing. */
export const defaultAuditConfig: AuditConfig = { anchors: [], retention: defaultAuditRetention };

const dayMs = 24 * 3_600_000;
const mebibyte = 1024 ** 2;
const anchorsMax = 16;

/** Adds the options about the audit log of a server. */
export function addAuditOptions(command: Command): Command {
  const { ageMaxMs, bytesMax } = defaultAuditRetention;
  return command
    .option('--audit-policy-file <file>', 'an audit.k8s.io/v1 Policy; default: every write without bodies, no reads')
    .addOption(
      listOption(
        '--audit-anchor <place>',
        'where signed heads of the audit log are kept: a file, an http(s) URL, or ["command", …]',
      ),
    )
    .addOption(
      new Option('--audit-days <days>', 'how long records stay in the audit log')
        .argParser(wholeNumber(1, 36_500))
        .default(ageMaxMs / dayMs),
    )
    .addOption(
      new Option('--audit-budget <MiB>', 'size of the audit log beyond which its oldest files go')
        .argParser(wholeNumber(1, 1024 ** 2))
        .default(bytesMax / mebibyte),
    );
}

/** What these options said. @throws {UsageError} naming the option. */
export function readAuditConfig(options: Readonly<Record<string, unknown>>): AuditConfig {
  const { auditPolicyFile, auditAnchor, auditDays, auditBudget } = options;
  const anchors = (auditAnchor ?? []) as readonly string[];
  if (anchors.length > anchorsMax) {
    throw new UsageError(`--audit-anchor is given ${anchors.length} times: ${anchorsMax} are allowed`);
  }
  return {
    ...(typeof auditPolicyFile === 'string' ? { policyFile: resolve(auditPolicyFile) } : {}),
    anchors: anchors.map(readAnchor),
    retention: { ageMaxMs: Number(auditDays) * dayMs, bytesMax: Number(auditBudget) * mebibyte },
  };
}

function readAnchor(text: string): AnchorConfig {
  if (text.startsWith('[')) return { kind: 'command', argv: readCommand(text) };
  if (!/^https?:/.test(text)) return { kind: 'file', path: resolve(text) };
  if (!URL.canParse(text)) throw new UsageError(`--audit-anchor is "${text}": it is no URL`);
  return { kind: 'url', url: text };
}

function readCommand(text: string): readonly string[] {
  const problem = `--audit-anchor is ${text}: a command is a JSON list of strings, for example ["/usr/bin/tee", "-a", "/mnt/heads"]`;
  try {
    const argv: unknown = JSON.parse(text);
    if (Array.isArray(argv) && argv.length > 0 && argv.every((part) => typeof part === 'string')) return argv;
  } catch (cause) {
    throw new UsageError(problem, undefined, { cause });
  }
  throw new UsageError(problem);
}
