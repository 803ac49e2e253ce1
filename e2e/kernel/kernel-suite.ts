import { after, before, suite } from 'node:test';
import { kubectlPath } from '../world.ts';
import { Hub } from './hub.ts';
import { Kubectl } from './kubectl.ts';

/** Where kubectl 1.36 is; `undefined` where it is not on this machine. */
export const kubectl = kubectlPath(36);

/** Why tests that need kubectl do not run, for the options of a test. */
export const skip: string | false =
  kubectl === undefined ? 'kubectl 1.36 is not on this machine: run tools/e2e-setup.sh' : false;

/** A `planform kernel` and a kubectl for it, there while tests of its suite run. */
export interface SuiteKernel {
  readonly hub: Hub;
  readonly k: Kubectl;
}

/** A suite of tests against one `planform kernel`, which is started before the first of them and ends after the last. */
export function kernelSuite(name: string, define: (kernel: SuiteKernel) => void): void {
  suite(name, { skip }, () => {
    let hub: Hub | undefined;
    let k: Kubectl | undefined;
    const started = <T>(part: T | undefined): T => {
      if (part === undefined) throw new Error(`${name}: the kernel runs only while tests do`);
      return part;
    };
    before(async () => {
      hub = await Hub.start({ subcommand: 'kernel' });
      k = new Kubectl(kubectl ?? '', hub);
    });
    after(() => hub?.[Symbol.asyncDispose]());
    define({
      get hub() {
        return started(hub);
      },
      get k() {
        return started(k);
      },
    });
  });
}
