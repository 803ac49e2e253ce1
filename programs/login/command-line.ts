import { type Command, InvalidArgumentError, Option } from 'commander';
import { listOption, wholeNumber } from '../cli/options.ts';
import type { ClientOptions, LoginOptions } from './log-in.ts';

/** Adds `login` and `token`. @param stopSignal aborts on Ctrl-C. */
export function addLoginCommands(planform: Command, stopSignal: () => AbortSignal): void {
  addClientOptions(planform.command('login'))
    .description('log in at an OpenID issuer and make a kubectl context of it')
    .option('--kubeconfig <file>', 'where the context is written (default: $KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'name of the context and its user', 'planform')
    .option('--cluster <name>', 'cluster of the file it is for (default: that of the current context)')
    .option('--server <url>', 'server to add as the cluster instead')
    .option('--server-ca <file>', "that server's authority, PEM: pki/ca.crt of its data folder")
    .addHelpText(
      'after',
      `
Examples:
  planform login --issuer-url https://login.example.com --client-id planform \\
    --server https://hub.example.com:7443 --server-ca ca.crt
  planform login --issuer-url https://login.example.com --client-id planform --device    no browser on this machine

The issuer has to be in the server's --authentication-config, and to allow the redirect http://127.0.0.1/callback (any port; with
--redirect-port that one). The kubeconfig (0600) holds no secret: kubectl runs \`planform token\`, which keeps tokens in
~/.cache/planform/tokens (0600) and refreshes them.`,
    )
    .action(async (options: LoginOptions) => {
      const { logIn } = await import('./log-in.ts');
      await logIn(options, stopSignal());
    });

  addClientOptions(planform.command('token'))
    .description('print a token for kubectl, as the contexts of `planform login` ask for it')
    .addHelpText(
      'after',
      `
An exec credential plugin (client.authentication.k8s.io): the kept token, a refreshed one, or, in a terminal, one of a new login.`,
    )
    .action(async (options: ClientOptions) => {
      const { printToken } = await import('./log-in.ts');
      await printToken(options, stopSignal());
    });
}

function addClientOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--issuer-url <url>', 'the OpenID issuer, as tokens name it')
        .argParser(httpsUrl)
        .makeOptionMandatory(),
    )
    .requiredOption('--client-id <id>', 'the client this command is at the issuer')
    .option('--client-secret-file <file>', 'secret of a client that is not public')
    .addOption(listOption('--scope <name>', 'what to ask for besides openid and offline_access'))
    .option('--issuer-ca <file>', "authority of the issuer, PEM (default: the system's)")
    .option('--device', 'log in with a browser on another machine', false)
    .option('--no-browser', 'print the address instead of opening a browser')
    .addOption(
      new Option('--redirect-port <number>', 'port the browser comes back to; 0: any')
        .argParser(wholeNumber(0, 65_535))
        .default(0),
    );
}

function httpsUrl(text: string): string {
  if (URL.canParse(text) && text.startsWith('https://')) return text;
  throw new InvalidArgumentError('It must be an https URL.');
}
