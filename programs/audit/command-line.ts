import { type Command, Option } from 'commander';

/** Adds `planform audit …`. */
export function addAuditCommands(planform: Command): void {
  const audit = planform.command('audit').description('who did what: the audit log of a hub, site or kernel');
  audit
    .command('verify')
    .description('read the whole log and say whether it is as it was written; also while the server runs')
    .option('--data <folder>', 'data folder of a hub, site or kernel', '.planform/hub')
    .option('--anchors <file>', 'heads that were kept elsewhere, one per line')
    .option('--key <file>', 'public key that was kept elsewhere (default: pki/audit.pub of the folder)')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addHelpText(
      'after',
      `
Examples:
  planform audit verify                                                 nothing was changed by accident, or without the key
  planform audit verify --anchors /mnt/worm/heads.jsonl --key audit.pub   nor by anybody who has everything of this machine

Every place that is not as it was written is named: file, line, record, time. What was cut off after the last head cannot be
seen. Exit code 3 when something is wrong.`,
    )
    .action(async (options: { data: string; anchors?: string; key?: string; output: 'table' | 'json' }) => {
      const { runAuditVerify } = await import('./commands.ts');
      process.exitCode = await runAuditVerify(options);
    });
  audit
    .command('export')
    .description('write records to standard output, one per line; also while the server runs')
    .option('--data <folder>', 'data folder of a hub, site or kernel', '.planform/hub')
    .addOption(
      new Option('--format <format>', 'lines as they stand, or CloudEvents 1.0')
        .choices(['jsonl', 'cloudevents'])
        .default('jsonl'),
    )
    .option('--since <time>', 'only records made then or later, for example 2026-11-20T12:00:00Z')
    .option('--until <time>', 'only records made before')
    .option('--source <uri>', 'source of CloudEvents', '/planform')
    .action(
      async (options: {
        data: string;
        format: 'jsonl' | 'cloudevents';
        since?: string;
        until?: string;
        source: string;
      }) => {
        const { runAuditExport } = await import('./commands.ts');
        await runAuditExport(options);
      },
    );
}
