import { systemClock } from '../../kernel/base/system-clock.ts';
import {
  createHttpClient,
  type JsonAnswer,
  type JsonRequest,
  requestJson,
} from '../../kernel/client/http/http-client.ts';
import { connectNodeTransport } from '../../kernel/client/http/node-transport.ts';
import { errorText, isApiError } from '../../kernel/meta/errors.ts';
import type { Client } from '../../kernel/ports/client.ts';
import { CommandError } from './exit.ts';
import { readKubeconfig } from './kubeconfig.ts';
import type { PlaceChoice } from './options.ts';

/** A connection to an API server for one command. */
export interface Connection extends AsyncDisposable {
  readonly url: string;
  readonly caPem: string;
  /** For messages: where the server was found. */
  readonly kubeconfig: string;
  /** What the command said, else the context, else `default`. */
  readonly namespace: string;
  readonly client: Client;
  /** Aborts when the command has taken too long. */
  readonly signal: AbortSignal;
  request(request: JsonRequest): Promise<JsonAnswer>;
}

/** Longest time one command talks to a server. */
const commandMsMax = 30_000;

/**
 * Connects to the server a command was told of. @param msMax longest time the command talks to it. Default 30 s.
 * @throws {CommandError} when it does not answer.
 */
export async function connectHub(choice: PlaceChoice, msMax: number = commandMsMax): Promise<Connection> {
  const { server, place, namespace = 'default' } = await readKubeconfig(choice);
  const signal = systemClock.timeoutSignal(msMax);
  try {
    const { url, caPem } = server;
    const transport = await connectNodeTransport({ ...server, clock: systemClock }, signal);
    const options = { transport, userAgent: 'planform' };
    return {
      url,
      caPem,
      kubeconfig: place,
      namespace: choice.namespace || namespace,
      client: createHttpClient(options),
      signal,
      request: (request) => requestJson(options, request, signal),
      [Symbol.asyncDispose]: () => transport.close(),
    };
  } catch (error) {
    if (!isApiError(error, 'ServiceUnavailable')) throw error;
    throw new CommandError(
      `Cannot reach the server of the kubeconfig "${place}": ${errorText(error)}`,
      'is it running? `planform up` starts a hub and its sites, `planform hub` a hub, `planform agent run` a site, `planform kernel` a kernel',
      { cause: error },
    );
  }
}
