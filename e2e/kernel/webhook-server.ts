import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import { openAuthority } from '../../kernel/server/pki/file-authority.ts';
import { servingProfile } from '../../kernel/server/pki/kept-certificate.ts';
import { freePort } from './hub.ts';

/** A review as the kernel sends it. */
interface Review<Request> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly request: Request & { readonly uid: string };
}

/** Makes the response to a review, without its uid. @param path of the request. */
type Respond<Request> = (request: Request, path: string) => object;

/** A webhook as an operator runs one: HTTPS, a certificate of its own authority, any path. */
export class WebhookServer implements AsyncDisposable {
  /** Without a path. */
  readonly url: string;
  /** PEM of the authority in base64, as `caBundle` wants it. */
  readonly caBundle: string;
  readonly #make: () => Server;
  readonly #port: number;
  #server: Server | undefined;

  private constructor(port: number, caPem: string, make: () => Server) {
    this.#port = port;
    this.url = `https://127.0.0.1:${port}`;
    this.caBundle = Buffer.from(caPem).toString('base64');
    this.#make = make;
  }

  static async start<Request>(respond: Respond<Request>): Promise<WebhookServer> {
    const folder = mkdtempSync(join(tmpdir(), 'planform-hook-'));
    const authority = await openAuthority({ folder, commonName: 'hook', clock: systemClock, random: systemRandom });
    const { certificatePem, keyPem } = await authority.issue(servingProfile([]));
    rmSync(folder, { recursive: true });
    const make = () =>
      createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const path = new URL(request.url ?? '/', 'https://hook').pathname;
          const answer = answerOf(Buffer.concat(chunks).toString(), (asked: Request) => respond(asked, path));
          response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
        });
      });
    const webhook = new WebhookServer(await freePort(), authority.certificatePem, make);
    await webhook.listen();
    return webhook;
  }

  async listen(): Promise<void> {
    const server = this.#make();
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
  }

  /** Is gone until `listen`. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.closeAllConnections();
    await new Promise<void>((resolve) => (server === undefined ? resolve() : server.close(() => resolve())));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function answerOf<Request>(text: string, respond: (request: Request) => object): string {
  const { apiVersion, kind, request } = JSON.parse(text) as Review<Request>;
  return JSON.stringify({ apiVersion, kind, response: { uid: request.uid, ...respond(request) } });
}
