import { ApiError } from '../kernel/meta/errors.ts';
import { kernelKinds } from '../kernel/kinds/index.ts';
import { formatApiVersion } from '../kernel/meta/object.ts';
import type { PlanePorts, PlaneParts } from '../programs/apiserver/assemble.ts';
import { applicationKinds, hubControllers as applicationControllers } from '../planes/application/index.ts';
import { controlKinds } from '../planes/control/index.ts';
import { SiteSessions } from '../planes/management/hub-line/sessions.ts';
import type { CertificateSigner } from '../planes/management/identity/certificate-signer.ts';
import { hubLineRules, siteRules } from '../planes/management/identity/rules.ts';
import { hubLineUser, siteUserName } from '../planes/management/identity/users.ts';
import { chooseSites, hubControllers, hubKinds, hubSubresources } from '../planes/management/index.ts';
import type { Life } from './life.ts';
import type { Machine, Program } from './machine.ts';

/** Name of the hub in every world. */
export const hubId = 'sim';

/** The hub's program on a machine: its planes on the ports of that machine. */
export function hubProgram(machine: Machine, life: Life): Program {
  return {
    kinds: [...hubKinds, ...applicationKinds],
    component: 'planform-hub',
    plug: (ports) => plugHub(ports, machine, life),
  };
}

function plugHub(ports: PlanePorts, machine: Machine, life: Life): PlaneParts {
  const { clock, random, log } = ports;
  const blobs = life.guard(machine.openBlobs());
  const sessions = new SiteSessions(clock);
  const hubPorts = {
    client: ports.clientFor(hubLineUser),
    sessions,
    hubId,
    hubEpoch: machine.disk.epoch,
    signer: noSigner,
    blobs,
    clock,
    random,
    log,
  };
  return {
    grants: [
      { user: hubLineUser.name, rules: hubLineRules, reason: 'the line to the sites' },
      { userPrefix: siteUserName(''), rules: siteRules, reason: 'a site' },
    ],
    subresources: hubSubresources(hubPorts),
    controllers: [...hubControllers(hubPorts), ...applicationControllers({ blobs, chooseSites, findKind })],
  };
}

const siteKinds = [...kernelKinds, ...controlKinds];

function findKind(apiVersion: string, kind: string) {
  return siteKinds.find(
    (candidate) =>
      candidate.kind === kind &&
      candidate.versions.some((version) => formatApiVersion(candidate.group, version.name) === apiVersion),
  );
}

/** Sites of a world have joined before it begins. */
const noSigner: CertificateSigner = {
  inspect: () => Promise.reject(new ApiError('ServiceUnavailable', 'Nobody signs certificates here')),
  sign: () => Promise.reject(new ApiError('ServiceUnavailable', 'Nobody signs certificates here')),
};
