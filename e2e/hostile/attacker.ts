import http2 from 'node:http2';
import { jsonOf } from '../kernel/json-text.ts';

/** What an attacker has got hold of, PEM texts and tokens. */
export interface Loot {
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly bearerToken?: string;
}

/** An answer, and its body where that is JSON. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** One request; a body that is no text is sent as JSON. */
export interface Attempt {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Streams such as watches are read for so long, milliseconds. */
const streamMsMax = 300;
/** Longest time until an answer begins, milliseconds. */
const answerMsMax = 60_000;

/** Somebody with an HTTP/2 connection to a kernel and no respect for its clients. Keeps everything it was ever told. */
export class Attacker implements Disposable {
  readonly #session: http2.ClientHttp2Session;
  readonly #authorization: Readonly<Record<string, string>>;
  /** Everything that was answered. */
  heard = '';

  constructor(url: string, ca: string, { cert, key, bearerToken }: Loot = {}) {
    this.#session = http2.connect(url, {
      ca,
      // The client's own bound must not hide those of the server.
      maxSessionMemory: 1_000,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
    // A request in flight learns it from its own stream.
    this.#session.on('error', () => undefined);
    this.#authorization = bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` };
  }

  /** Sends one request; a stream that does not end is cut. */
  ask({ method = 'GET', path, headers = {}, body }: Attempt): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const type = body === undefined ? {} : { 'content-type': 'application/json' };
    const stream = this.#session.request({
      ':method': method,
      ':path': path,
      ...this.#authorization,
      ...type,
      ...headers,
    });
    let [status, text] = [0, ''];
    const finish = () => {
      this.heard += text;
      resolve({ status, text, json: jsonOf(text) });
    };
    // Whoever is never answered is not to wait for ever.
    stream.setTimeout(answerMsMax, () => stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.on('response', (head) => {
      status = Number(head[':status']);
      stream.setTimeout(streamMsMax, () => stream.close(http2.constants.NGHTTP2_CANCEL));
    });
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    stream.on('error', (error) => (status === 0 ? reject(error) : finish()));
    stream.on('close', () => finish());
    stream.end(
      body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    );
    return promise;
  }

  [Symbol.dispose](): void {
    this.#session.destroy();
  }
}
