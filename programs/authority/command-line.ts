import type { Command } from 'commander';
import type { AuthorityOptions } from './commands.ts';

/** Adds `ca status|rotate|switch|retire`. */
export function addAuthorityCommands(planform: Command): void {
  const authority = planform
    .command('ca')
    .description('the authority of a server: look at it, replace it without a restart')
    .addHelpText(
      'after',
      `
Replacing an authority, while the server runs or not, on its own machine:
  planform ca rotate --data .planform/hub     make the next one: trusted from now on, signs nothing yet
                                              … give clients the new kubeconfig
  planform ca switch --data .planform/hub     the next one signs; the key of the old one is gone, its certificates still count
                                              … give clients certificates of the new one
  planform ca retire --data .planform/hub     the old one is trusted no more

\`switch\` and \`retire\` ask the running hub which sites are not ready, name them and since when they are away, and refuse; --force goes
on without them. A running server takes each step within a second. docs/operate/authorities.md says more.`,
    );
  const step = (name: 'status' | 'rotate' | 'switch' | 'retire', description: string) =>
    authority
      .command(name)
      .description(description)
      .option('--data <folder>', 'data folder of a hub, site or kernel', '.planform/hub')
      .action(async (options: AuthorityOptions) => {
        const { runAuthorityCommand } = await import('./commands.ts');
        process.exitCode = await runAuthorityCommand(name, options);
      });
  step(
    'status',
    'which authorities are trusted, which one signs, until when, and whom the next step waits for',
  ).addHelpText('after', '\nExit code 3 while the next step would leave somebody out, so that scripts can wait.');
  step('rotate', 'make the next authority; both are trusted, the old one signs');
  const force = ['--force', 'even if sites are not ready: they have to be invited anew', false] as const;
  step('switch', 'let the next authority sign; both are trusted').option(...force);
  step('retire', 'trust the old authority no more').option(...force);
}
