import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../kernel/base/system-clock.ts';
import { systemRandom } from '../../kernel/base/system-random.ts';
import type { JsonObject } from '../../kernel/meta/object.ts';
import { openAuthority } from '../../kernel/server/pki/file-authority.ts';
import { servingProfile } from '../../kernel/server/pki/kept-certificate.ts';
import { freePort } from './hub.ts';

/** Converts one object to an apiVersion. */
type Convert = (object: JsonObject, apiVersion: string) => JsonObject;

/** A conversion webhook as an operator runs one: HTTPS, a certificate of its own authority, one path. */
export class ConversionWebhook implements AsyncDisposable {
  readonly url: string;
  /** PEM of the authority in base64, as `caBundle` wants it. */
  readonly caBundle: string;
  /** Objects of each review, in the order of the calls. */
  readonly reviews: number[] = [];
  readonly #make: () => Server;
  readonly #port: number;
  #server: Server | undefined;

  private constructor(port: number, caPem: string, make: (webhook: ConversionWebhook) => Server) {
    this.#port = port;
    this.url = `https://127.0.0.1:${port}/convert`;
    this.caBundle = Buffer.from(caPem).toString('base64');
    this.#make = () => make(this);
  }

  static async start(convert: Convert): Promise<ConversionWebhook> {
    const folder = mkdtempSync(join(tmpdir(), 'planform-hook-'));
    const authority = await openAuthority({ folder, commonName: 'hook', clock: systemClock, random: systemRandom });
    const { certificatePem, keyPem } = await authority.issue(servingProfile([]));
    rmSync(folder, { recursive: true });
    const make = (webhook: ConversionWebhook) =>
      createServer({ cert: certificatePem, key: keyPem }, (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          const answer = webhook.#answer(Buffer.concat(chunks).toString(), convert);
          response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
        });
      });
    const webhook = new ConversionWebhook(await freePort(), authority.certificatePem, make);
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

  #answer(text: string, convert: Convert): string {
    const { apiVersion, kind, request } = JSON.parse(text) as {
      apiVersion: string;
      kind: string;
      request: { uid: string; desiredAPIVersion: string; objects: readonly JsonObject[] };
    };
    this.reviews.push(request.objects.length);
    const convertedObjects = request.objects.map((object) => convert(object, request.desiredAPIVersion));
    const response = { uid: request.uid, result: { status: 'Success' }, convertedObjects };
    return JSON.stringify({ apiVersion, kind, response });
  }
}
