import { Command, CommanderError, Option } from 'commander';
import { isApiError } from '../../kernel/meta/errors.ts';
import { addAuditCommands } from '../audit/command-line.ts';
import { addAuditOptions } from '../audit/config.ts';
import { addAuthorityCommands } from '../authority/command-line.ts';
import { addAuthenticationOptions } from '../authentication/config.ts';
import { addChangeCommands, momentOption, pruneOption, reasonOption } from '../changes/command-line.ts';
import type { RestoreChoices } from '../changes/restore.ts';
import { addLoginCommands } from '../login/command-line.ts';
import { addTracingOptions } from '../tracing/config.ts';
import { addEncryptionCommands } from '../encryption/command-line.ts';
import { addEncryptionOptions } from '../encryption/config.ts';
import { planformVersion } from '../version.ts';
import type { BackupOptions, RestoreCommandOptions } from './backup.ts';
import { tellParent } from './child.ts';
import { CommandError, exitCodes, UsageError } from './exit.ts';
import { note } from './output.ts';
import { addLimitOptions } from './limits.ts';
import {
  addNamespaceChoice,
  addOtherServerChoice,
  addServerChoice,
  listOption,
  portOption,
  type PlaceChoice,
  type ServerChoice,
  wholeNumber,
} from './options.ts';
import { addRetentionOptions } from './retention.ts';
import { defaultDataFolder, defaultPort, siteCountMax } from './up-plan.ts';
import { addWhoCanCommand } from './who-can-command.ts';

/** The command with all subcommands; `runProgram` runs it. */
export const planform: Command = new Command('planform')
  .description('One self-hosted system to manage, run and connect services over many sites.')
  .version(planformVersion, '-V, --version', 'print the version')
  .showHelpAfterError('(add --help for what is possible)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Start here:
  planform up --sites 2                      a hub and two sites on this machine
  kubectl --kubeconfig .planform/hub/kubeconfig apply -f examples/hello/
  planform status                            the fleet in one screen
  planform explain application/hello         why something is as it is

Everything else is kubectl. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 answered: something is not as wanted.`,
  );

planform
  .command('up')
  .description('run a hub and sites on this machine, in the foreground')
  .addOption(
    new Option(
      '--sites <number>',
      `how many sites, 1 to ${siteCountMax} (default: all that the folder has, 1 in a new one)`,
    ).argParser(wholeNumber(1, siteCountMax)),
  )
  .option('--data <folder>', 'where everything is kept', defaultDataFolder)
  .addOption(
    portOption(
      `port of the hub; site-1 takes the next one, and so on (default: that of the folder, ${defaultPort} in a new one)`,
    ),
  )
  .option('--supervise', 'start a hub or agent again when it dies', false)
  .option('--keep-workloads', 'leave workloads running on Ctrl-C', false)
  .addHelpText(
    'after',
    `
Examples:
  planform up                                one hub, one site, in .planform
  planform up --sites 3 --supervise          three sites; what dies is started again
  planform up --data /srv/b --port 8443      another world beside the first

Sites are called site-1, site-2 … and get the label tier=edge. Hub and agents are processes of their own: killing
\`up\` leaves them running, and the next \`up\` on the folder takes them over, with all data. Ctrl-C stops everything.`,
  )
  .action(
    async (options: { sites?: number; data: string; port?: number; supervise: boolean; keepWorkloads: boolean }) => {
      const { up } = await import('./up.ts');
      const { resolve } = await import('node:path');
      await up(
        {
          siteCount: options.sites,
          dataFolder: resolve(options.data),
          port: options.port,
          supervise: options.supervise,
          keepWorkloads: options.keepWorkloads,
        },
        {
          command: process.env['PLANFORM_COMMAND'] ?? 'planform',
          workingFolder: process.cwd(),
          hasKubeconfig: process.env['KUBECONFIG'] !== undefined,
        },
        stopSignal(),
      );
    },
  );

addAuthenticationOptions(addServerOptions(planform.command('hub')))
  .description('run a hub')
  .option('--data <folder>', 'where the hub keeps its store, blobs, keys and kubeconfig', '.planform/hub')
  .option('--host <address>', 'address to listen on; 0.0.0.0 for sites on other machines', '127.0.0.1')
  .addOption(portOption('port to listen on').default(defaultPort))
  .addOption(listOption('--name <dns-name>', 'further name or address the serving certificate is valid for'))
  .addOption(logLevelOption())
  .addHelpText(
    'after',
    `
Examples:
  planform hub                                                            for sites on this machine
  planform hub --host 0.0.0.0 --name hub.example.com --data /srv/planform   for sites anywhere

The administrator's kubeconfig is <folder>/kubeconfig. Sites join with what \`planform site invite\` writes.`,
  )
  .action(async (options: Record<string, unknown>) => {
    const { runHub } = await import('../hub/main.ts');
    await runHub(options, stopSignal());
  });

addAuthenticationOptions(addServerOptions(planform.command('kernel')))
  .description('run a bare API server, for example to test an operator: the standard kinds and your own, no planes')
  .option('--data <folder>', 'where it keeps its store, keys and kubeconfig', '.planform/kernel')
  .option('--host <address>', 'address to listen on', '127.0.0.1')
  .addOption(portOption('port to listen on').default(defaultPort))
  .addOption(
    new Option('--simulate-nodes <number>', 'play so many nodes: pods are bound and turn Running, no process runs')
      .argParser(wholeNumber(0, 10_000))
      .default(0),
  )
  .addOption(logLevelOption())
  .addHelpText(
    'after',
    `
Example:
  planform kernel --data /tmp/api --port 8443 &
  kubectl --kubeconfig /tmp/api/kubeconfig apply -f crds/

It serves the standard kinds and whatever CustomResourceDefinitions add; garbage collection and namespace deletion work.
Nothing runs pods, and nobody acts on Deployments. With --simulate-nodes pods are bound and turn Running on paper, those
that do not restart complete after a second, deleted ones go. Everything is kept in the folder over restarts.`,
  )
  .action(async (options: Record<string, unknown>) => {
    const { runKernel } = await import('../apiserver/main.ts');
    await runKernel(options, stopSignal());
  });

const agent = planform.command('agent').description('the process that runs a site');

agent
  .command('join')
  .description('give this site its identity at a hub')
  .argument('<join-file>', 'what `planform site invite` wrote at the hub')
  .option('--data <folder>', 'where the site keeps its store, blobs and keys', '.planform/site')
  .addHelpText(
    'after',
    `
Example:
  planform agent join shop-7.json --data /srv/planform && planform agent run --data /srv/planform

The key of the site is made here and never leaves this machine. The hub must answer; afterwards it need not.`,
  )
  .action(async (joinFile: string, options: Record<string, unknown>) => {
    const { joinHub } = await import('../agent/join.ts');
    await joinHub(joinFile, options, stopSignal());
  });

addServerOptions(agent.command('run'))
  .description('run the site; works with and without the hub')
  .option('--data <folder>', 'where the site keeps its store, blobs and keys', '.planform/site')
  .option('--host <address>', "address of the site's own API", '127.0.0.1')
  .addOption(portOption("port of the site's own API").default(7444))
  .option('--join <join-file>', 'join the hub first if the site has no identity yet')
  .option('--service-range <cidr>', 'loopback addresses for Services', '127.80.0.0/24')
  .option('--pod-ports <first-last>', 'host ports for containers', '20000-20499')
  .addOption(logLevelOption())
  .addHelpText(
    'after',
    `
Examples:
  planform agent run                         a site on its own, or the one that has joined
  planform agent run --join shop-7.json      join first if it has not
  planform agent run --data /srv/b --port 8444 --service-range 127.81.0.0/24 --pod-ports 21000-21499
                                             another site on the same machine: nothing may overlap

The site's own kubeconfig is <folder>/kubeconfig. Workloads and Services outlive the agent: start it again and it
takes them over. \`planform agent stop-workloads\` stops them.`,
  )
  .action(async (options: Record<string, unknown>) => {
    const { runAgent } = await import('../agent/main.ts');
    await runAgent(options, stopSignal());
  });

agent
  .command('stop-workloads')
  .description('stop what a site runs while its agent is stopped')
  .option('--data <folder>', 'data folder of the site', '.planform/site')
  .addHelpText('after', '\nWhat the site should run stays in its store: the next `planform agent run` starts it again.')
  .action(async (options: Record<string, unknown>) => {
    const { stopWorkloads } = await import('../agent/stop-workloads.ts');
    await stopWorkloads(options);
  });

const site = planform.command('site').description('sites as the hub sees them');

addServerChoice(site.command('invite'), 'the hub')
  .description('make a join file for a new site')
  .argument('<name>', 'name of the site: lowercase letters, digits and hyphens')
  .addOption(listOption('--label <key=value>', 'label the site gets, for placements to choose by'))
  .addOption(listOption('--hub-url <url>', 'where the site finds the hub, instead of where the kubeconfig does'))
  .option('--out <file>', 'where to write the join file', 'join.json')
  .addHelpText(
    'after',
    `
Examples:
  planform site invite shop-7 --label tier=edge --out shop-7.json
  planform site invite shop-7 --hub-url https://hub.example.com:7443

Bring the file to the site and run there: planform agent join <join-file>, then: planform agent run.
It can be used once, within an hour. Invite again for a new one.`,
  )
  .action(async (name: string, options: ServerChoice & { label: string[]; hubUrl: string[]; out: string }) => {
    const { inviteSite, isLoopbackUrl, parseHubUrls, parseLabels } = await import('./invite.ts');
    const hubUrls = await inviteSite({
      ...options,
      name,
      labels: parseLabels(options.label),
      joinFile: options.out,
      hubUrls: parseHubUrls(options.hubUrl),
    });
    note(`wrote ${options.out}: it is a secret, valid once, for one hour`);
    note(`the site will look for the hub at ${hubUrls.join(', ')}`);
    if (hubUrls.every(isLoopbackUrl))
      note('  that works on this machine only: for other machines say --hub-url https://<host>:<port>');
  });

addOtherServerChoice(planform.command('backup'))
  .description('copy everything a hub, site or kernel must not lose into one file, while it runs')
  .requiredOption('--to <file>', 'file to write, or a folder for a file named after the moment')
  .option(
    '--data <folder>',
    'data folder; if a server runs there it is asked, else its files are read',
    '.planform/hub',
  )
  .option('--include-encryption-key', 'and the key of its Secrets: who has the file can read them', false)
  .addHelpText(
    'after',
    `
Examples:
  planform backup --to /backups/                                          the hub of \`planform up\`
  planform backup --to site-1.tar --data .planform/sites/site-1
  planform backup --to hub.tar --kubeconfig admin.kubeconfig              from another machine

The file is there as a whole or not at all. It holds the keys of the authority: keep it as you keep those. Not in it: the key of
Secrets, pki/encryption.keys of the data folder. Keep a copy of that in another place: a restore needs it. Nor what can be made
again, such as running containers, their logs and volumes.`,
  )
  .action(async (options: BackupOptions) => {
    const { runBackup } = await import('./backup.ts');
    await runBackup(options, stopSignal());
  });

addServerChoice(addNamespaceChoice(planform.command('restore'), 'the object'), 'the server')
  .description('bring deleted objects back, or make a data folder out of a backup')
  .argument('[object]', 'kind/name of a deleted object, or all for a whole namespace')
  .addOption(momentOption('the state that comes back (default: the last one)'))
  .addOption(pruneOption())
  .option('--with-dependents', 'and everything that depended on it through owner references', false)
  .addOption(reasonOption())
  .option('--dry-run', 'check everything on the server and write nothing', false)
  .option('--from <file>', 'a backup: what `planform backup` wrote')
  .option('--data <folder>', 'where a backup goes to; it must be empty or absent')
  .option('--encryption-key <file>', 'key of the Secrets in a backup: pki/encryption.keys of the folder it was made of')
  .addHelpText(
    'after',
    `
Examples:
  planform restore configmap/settings -n shop                     as it was when it was deleted, with a new uid
  planform restore deployment/web -n shop --with-dependents       and its ReplicaSets
  planform restore all -n shop --to 4711                          everything of that revision that is gone
  planform restore all -n shop --to 2026-11-20T12:00:00Z --prune  and without what came later; first with --dry-run
  planform restore --from hub.tar --data /srv/planform --encryption-key /safe/encryption.keys

A backup is checked as a whole before the folder appears. Clients that watch begin again by themselves; sites of a restored
hub keep what they run and wait for a person's word (docs/operate/backup-and-restore.md).`,
  )
  .action(async (object: string | undefined, options: RestoreChoices & Partial<RestoreCommandOptions>) => {
    const { from, data, encryptionKey } = options;
    if (object !== undefined && from === undefined && data === undefined && encryptionKey === undefined) {
      const { restoreObject } = await import('../changes/restore.ts');
      return restoreObject(object, options);
    }
    if (object !== undefined || from === undefined || data === undefined) {
      const hint = 'say <kind>/<name> of a deleted object, or --from <backup> and --data <folder>';
      throw new UsageError('Cannot tell what to restore', hint);
    }
    const { runRestore } = await import('./backup.ts');
    return runRestore({ from, data, encryptionKey });
  });

planform
  .command('check')
  .description('read everything in the store of a stopped server, or in a backup, and say whether it is whole')
  .option('--data <folder>', 'data folder of a hub, site or kernel', '.planform/hub')
  .option('--backup <file>', 'a backup to check instead')
  .option('--encryption-config <file>', 'what the server is started with, if it is')
  .addHelpText('after', '\nExit code 3 when something is damaged or cannot be decrypted.')
  .action(async (options: { data: string; backup?: string; encryptionConfig?: string }) => {
    const { runCheck } = await import('./backup.ts');
    process.exitCode = await runCheck(options);
  });

addAuditCommands(planform);
addEncryptionCommands(planform, stopSignal);
addChangeCommands(planform);

addServerChoice(planform.command('status'), 'the hub')
  .description('the fleet in one screen')
  .addOption(outputOption())
  .addHelpText(
    'after',
    `
WORKS   what the hub has sent: current of all; "as of" when the site is out of contact
PODS    ready of wanted, as the site said last
ALERTS  what needs a look; listed below the table

Exit code 3 when there is an alert, so that scripts can wait: until planform status; do sleep 1; done`,
  )
  .action(async (options: ServerChoice & { output: 'table' | 'json' }) => {
    const { printStatus } = await import('./status.ts');
    process.exitCode = await printStatus(options);
  });

addServerChoice(addNamespaceChoice(planform.command('explain'), 'the object'), 'the hub')
  .description('why something is as it is, down to the cause')
  .argument('<object>', 'kind/name, for example application/hello')
  .addOption(outputOption())
  .addHelpText(
    'after',
    `
Examples:
  planform explain application/hello                      from the hub down to the worst pod of every site
  planform explain site/site-1
  planform explain pod/hello-7c9f-x2x1 --kubeconfig .planform/sites/site-1/kubeconfig

✓ as wanted, … on its way, ✗ not as wanted. Exit code 3 unless everything is as wanted.`,
  )
  .action(async (object: string, options: PlaceChoice & { output: 'table' | 'json' }) => {
    const { printExplanation } = await import('./explain.ts');
    process.exitCode = await printExplanation(object, options);
  });

addWhoCanCommand(planform, outputOption());
addLoginCommands(planform, stopSignal);
addAuthorityCommands(planform);

addServerChoice(planform.command('version'), 'the hub')
  .description('versions of this command and, when it answers, of the hub')
  .addOption(outputOption())
  .action(async (options: ServerChoice & { output: 'table' | 'json' }) => {
    const { printVersion } = await import('./version.ts');
    await printVersion(options);
  });

/** What every server can be told about what it keeps. */
function addServerOptions(command: Command): Command {
  return addTracingOptions(addLimitOptions(addEncryptionOptions(addAuditOptions(addRetentionOptions(command)))));
}

/**
 * A signal that aborts on Ctrl-C, TERM and a closed terminal. A second one ends the process by that signal: unlike an
 * exit it leaves the store's files as a crash would, which every start can tell from a loss.
 */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) return controller.abort(stopped);
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  };
  process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGHUP', stop);
  return controller.signal;
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table');
}

function logLevelOption(): Option {
  return new Option('--log-level <level>', 'which log lines to write')
    .choices(['debug', 'info', 'warn', 'error'])
    .default('info');
}

const stopped = new DOMException('Stopped by a signal', 'AbortError');

/** Runs the words behind the command's name. @returns the exit code of what failed; subcommands that answer set theirs. */
export async function runProgram(words: readonly string[]): Promise<number | undefined> {
  try {
    await planform.parseAsync(words, { from: 'user' });
    return undefined;
  } catch (error) {
    return report(error);
  }
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (error instanceof CommandError) {
    note(`planform: ${error.message}`);
    if (error.hint !== undefined) note(`  ${error.hint}`);
    tellParent({ type: 'failed', message: error.message, hint: error.hint, option: error.option });
    return error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
  }
  if (error === stopped) return exitCodes.failed;
  if (isApiError(error)) {
    note(`planform: ${error.message}`);
    return exitCodes.failed;
  }
  note(error instanceof Error ? `planform: ${error.stack ?? error.message}` : `planform: ${String(error)}`);
  return exitCodes.failed;
}
