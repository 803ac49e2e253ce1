import type { JsonObject } from '../../kernel/meta/object.ts';
import { WebhookServer } from './webhook-server.ts';

/** Converts one object to an apiVersion. */
type Convert = (object: JsonObject, apiVersion: string) => JsonObject;

interface Request {
  readonly desiredAPIVersion: string;
  readonly objects: readonly JsonObject[];
}

/** A conversion webhook as an operator runs one. */
export class ConversionWebhook implements AsyncDisposable {
  readonly url: string;
  readonly caBundle: string;
  /** Objects of each review, in the order of the calls. */
  readonly reviews: number[];
  readonly #server: WebhookServer;

  private constructor(server: WebhookServer, reviews: number[]) {
    this.#server = server;
    this.url = `${server.url}/convert`;
    this.caBundle = server.caBundle;
    this.reviews = reviews;
  }

  static async start(convert: Convert): Promise<ConversionWebhook> {
    const reviews: number[] = [];
    const server = await WebhookServer.start(({ objects, desiredAPIVersion }: Request) => {
      reviews.push(objects.length);
      const convertedObjects = objects.map((object) => convert(object, desiredAPIVersion));
      return { result: { status: 'Success' }, convertedObjects };
    });
    return new ConversionWebhook(server, reviews);
  }

  listen(): Promise<void> {
    return this.#server.listen();
  }

  /** Is gone until `listen`. */
  close(): Promise<void> {
    return this.#server.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
