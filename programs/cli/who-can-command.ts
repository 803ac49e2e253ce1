import type { Command, Option } from 'commander';
import { addNamespaceChoice, addServerChoice } from './options.ts';
import type { WhoCanOptions } from './who-can.ts';

/** Adds `who-can` to the command. */
export function addWhoCanCommand(planform: Command, output: Option): void {
  addServerChoice(addNamespaceChoice(planform.command('who-can'), 'the object'), 'the server')
    .description('who may do something, and through which binding')
    .argument(
      '<verb>',
      'get, list, watch, create, update, patch, delete … or bind, escalate, impersonate, approve, sign',
    )
    .argument(
      '<resource>',
      'resource or resource/name: pods, deploy/web, works.management.planform.dev; or a path: /metrics',
    )
    .option('-A, --all-namespaces', 'only who may do it in all namespaces', false)
    .option('--subresource <name>', 'part of the object: log, exec, status, scale …', '')
    .addOption(output)
    .addHelpText(
      'after',
      `
Examples:
  planform who-can delete pods -n shop
  planform who-can get secret/login -n shop
  planform who-can create pods --subresource exec -n shop -o json
  planform who-can get /metrics

It reads roles and bindings with your own rights. The controllers inside the server, which have fixed rights of their own, are
left out.`,
    )
    .action(async (verb: string, target: string, options: WhoCanOptions) => {
      const { printWhoCan } = await import('./who-can.ts');
      await printWhoCan(verb, target, options);
    });
}
