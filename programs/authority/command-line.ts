import type { Command } from 'commander';

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
                                              … give clients the new kubeconfig; wait until all sites were connected
  planform ca switch --data .planform/hub     the next one signs; the key of the old one is gone, its certificates still count
                                              … give clients certificates of the new one; wait until all sites were connected
  planform ca retire --data .planform/hub     the old one is trusted no more

A running server takes each step within a second. docs/operate/authorities.md says more.`,
    );
  const step = (name: 'status' | 'rotate' | 'switch' | 'retire', description: string) =>
    authority
      .command(name)
      .description(description)
      .option('--data <folder>', 'data folder of a hub, site or kernel', '.planform/hub')
      .action(async (options: { readonly data: string }) => {
        const { runAuthorityCommand } = await import('./commands.ts');
        await runAuthorityCommand(name, options);
      });
  step('status', 'which authorities are trusted, which one signs, and until when');
  step('rotate', 'make the next authority; both are trusted, the old one signs');
  step('switch', 'let the next authority sign; both are trusted');
  step('retire', 'trust the old authority no more');
}
