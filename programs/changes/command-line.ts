import { type Command, Option } from 'commander';
import { addNamespaceChoice, addServerChoice, listOption, wholeNumber } from '../cli/options.ts';
import type { ApplyChoices } from './apply.ts';
import type { AsOfChoices } from './as-of.ts';
import type { DiffChoices, HistoryChoices } from './history.ts';
import { readMoment } from './revision-at.ts';
import type { RollbackChoices } from './rollback.ts';

/** Most entries `planform history` shows. */
const historyLimitMax = 9_999;

const revision = wholeNumber(1, Number.MAX_SAFE_INTEGER);

/** Adds `planform apply`, `get`, `history`, `diff` and `rollback`. */
export function addChangeCommands(planform: Command): void {
  const objectCommand = (name: string, description: string, argument = 'kind/name, for example configmap/settings') => {
    const command = planform.command(name).description(description).argument('<object>', argument);
    return addServerChoice(addNamespaceChoice(command, 'the object'), 'the server');
  };
  addApply(planform);
  addHistory(objectCommand('history', 'who changed an object, when, why and what'));
  addDiff(objectCommand('diff', 'what differs between two states of an object; values of Secrets are never shown'));
  addRollback(
    objectCommand(
      'rollback',
      'give an object its earlier desired state back',
      'kind/name, or all for a whole namespace',
    ),
  );
  addGet(objectCommand('get', 'objects as they were at a time', 'kind or kind/name, or all for a whole namespace'));
}

function addApply(planform: Command): void {
  addServerChoice(addNamespaceChoice(planform.command('apply'), 'objects that name none'), 'the server')
    .description('apply manifests on the server, all of them in one commit or none')
    .requiredOption('--atomic', 'all or nothing; one by one is what `kubectl apply` does')
    .addOption(listOption('-f, --filename <file>', 'file, folder, or - for standard input'))
    .option('-R, --recursive', 'look into folders of folders', false)
    .option('--force-conflicts', 'take over fields that others own', false)
    .option('--field-manager <name>', 'name of the owner of the fields', 'planform')
    .addOption(
      new Option('--validate <how>', 'what to do with unknown fields')
        .choices(['Strict', 'Warn', 'Ignore'])
        .default('Strict'),
    )
    .addOption(reasonOption())
    .option('--dry-run', 'check everything on the server and write nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  planform apply --atomic -f shop/ --reason "CHG-4711 new shop"
  kustomize build . | planform apply --atomic -f -

At most 100 objects and 1.4 MiB. A refused object refuses all, and is named. Watchers see all of them at once. A custom resource
cannot come with its own definition.`,
    )
    .action(async (options: ApplyChoices) => {
      const { applyAtomic } = await import('./apply.ts');
      await applyAtomic(options);
    });
}

function addHistory(command: Command): void {
  command
    .addOption(
      new Option('--limit <number>', 'how many changes').argParser(wholeNumber(1, historyLimitMax)).default(20),
    )
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  planform history configmap/settings -n shop
  kubectl get --raw /api/v1/namespaces/shop/configmaps/settings/history     the same with all states

MANAGER/REASON is the reason that was given (--reason, the header Planform-Change-Reason, or the annotation
kubernetes.io/change-cause), else the field manager.`,
    )
    .action(async (object: string, options: HistoryChoices) => {
      const { printHistory } = await import('./history.ts');
      await printHistory(object, options);
    });
}

function addDiff(command: Command): void {
  command
    .option('--from <revision>', 'the earlier state (default: the one before the later)', revision)
    .option('--to <revision>', 'the later state (default: the present one)', revision)
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  planform diff deployment/web -n shop                     what the last change did
  planform diff deployment/web -n shop --from 4711         and all since revision 4711

+ added, - removed, ~ changed. Exit code 3 when something differs.`,
    )
    .action(async (object: string, options: DiffChoices) => {
      const { printDifferences } = await import('./history.ts');
      process.exitCode = await printDifferences(object, options);
    });
}

function addRollback(command: Command): void {
  command
    .addOption(momentOption('the state to go back to (default: the one before the last change)'))
    .addOption(pruneOption())
    .addOption(reasonOption())
    .option('--dry-run', 'check everything on the server and write nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  planform rollback deployment/web -n shop
  planform rollback deployment/web -n shop --to 4711 --reason "CHG-4712"
  planform rollback all -n shop --to 4711                  everything in the namespace; what came later stays
  planform rollback all -n shop --to 2026-11-20T12:00:00Z --prune --dry-run     what would change and go, too

Spec, labels and annotations become what they were; status, owners and finalizers stay. It is refused when the object
changes meanwhile.`,
    )
    .action(async (object: string, options: RollbackChoices) => {
      const { rollBack } = await import('./rollback.ts');
      await rollBack(object, options);
    });
}

function addGet(command: Command): void {
  command
    .requiredOption('--as-of <revision-or-time>', 'for example 4711 or 2026-11-20T12:00:00Z')
    .option('-A, --all-namespaces', 'of all namespaces', false)
    .option('-l, --selector <labels>', 'only objects that had these labels')
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['table', 'json', 'name']).default('table'))
    .addHelpText(
      'after',
      `
Examples:
  planform get configmaps -n shop --as-of 2026-11-20T12:00:00Z
  planform get deployment/web -n shop --as-of 4711 -o json
  planform get all -n shop --as-of 4711                    every kind of the namespace that keeps a history

It reaches as far back as the history of the kind is whole, and says so where it is not. The present is what \`kubectl get\` shows.`,
    )
    .action(async (what: string, options: AsOfChoices) => {
      const { printAsOf } = await import('./as-of.ts');
      await printAsOf(what, options);
    });
}

/** `--reason`. */
export function reasonOption(): Option {
  return new Option('--reason <text>', 'why; stands in the history, at most 512 characters');
}

function outputOption(): Option {
  return new Option('-o, --output <format>', 'how to print').choices(['table', 'json']).default('table');
}

/** `--to`: a revision or a time. */
export function momentOption(description: string): Option {
  return new Option('--to <revision-or-time>', description).argParser(readMoment);
}

/** `--prune`. */
export function pruneOption(): Option {
  return new Option('--prune', 'of a whole namespace: delete what came later, unless a controller made it').default(
    false,
  );
}
