import type { ControllerDefinition } from '../../controller/controller.ts';
import type { RestorationPorts } from './read.ts';
import { reconcileRestoration } from './reconcile.ts';
import { type Restoration, restorationKind } from './type.ts';

/** Carries restorations out. What it writes is written, authorized and recorded as the user who asked. */
export function restorationController(ports: RestorationPorts): ControllerDefinition<Restoration> {
  return {
    name: 'restoration',
    kind: restorationKind,
    rules: [],
    concurrency: 2,
    reconcile: (pass) => reconcileRestoration(pass, ports),
  };
}
