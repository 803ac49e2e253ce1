import { type Command, Option } from 'commander';
import { addOtherServerChoice } from '../cli/options.ts';
import type { FolderChoice } from './commands.ts';

/** Adds `planform encryption …`. */
export function addEncryptionCommands(planform: Command, stopSignal: () => AbortSignal): void {
  const encryption = planform
    .command('encryption')
    .description('encryption of Secrets, and whatever else, in the store');
  const ofServer = (command: Command) =>
    addOtherServerChoice(
      command.option('--data <folder>', 'data folder of a running hub, site or kernel', '.planform/hub'),
    );
  ofServer(encryption.command('status'))
    .description('what is encrypted with which key; reads the whole store')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addHelpText('after', '\nExit code 3 when something is not stored as it would be if it were written now.')
    .action(async (options: FolderChoice & { output: 'table' | 'json' }) => {
      const { runEncryptionStatus } = await import('./commands.ts');
      process.exitCode = await runEncryptionStatus(options, stopSignal());
    });
  ofServer(encryption.command('rotate'))
    .description(
      'write with a new key from now on, and rewrite everything that is there, history too, while the server runs',
    )
    .addHelpText(
      'after',
      `
Examples:
  planform encryption rotate                         a new key in the key file, all Secrets under it
  planform encryption rotate --data /srv/planform    a folder from before encryption: from now on encrypted
  planform encryption remove-key 3f0c…               then the old key can go

With the provider aesgcm put the new key first, start the server again and rotate. With a command its service decides what
key is used. It goes on if this command is stopped, and at the next start if the server is.`,
    )
    .action(async (options: FolderChoice) => {
      const { runRotate } = await import('./commands.ts');
      await runRotate(options, stopSignal());
    });
  ofServer(encryption.command('remove-key'))
    .description('take a key out of its key file; refused while anything in the store needs it')
    .argument('<id>', 'as `planform encryption status` shows it')
    .addHelpText('after', '\nBackups from before the rotation cannot be read without it: keep a copy as long as those.')
    .action(async (id: string, options: FolderChoice) => {
      const { runRemoveKey } = await import('./commands.ts');
      await runRemoveKey(id, options, stopSignal());
    });
  encryption
    .command('new-key')
    .description('make a key file for the provider keyFile of an EncryptionConfiguration')
    .argument('<file>', 'file to make, 0600; it must not be there')
    .action(async (file: string) => {
      const { runNewKey } = await import('./commands.ts');
      await runNewKey(file);
    });
}
