import { readFileSync } from 'node:fs';
import http2 from 'node:http2';

/** How to reach a server: PEM files as a kubeconfig has them. */
export interface Address {
  readonly url: string;
  readonly caPath: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON unless it is text already. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One answer, its body still text. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

/** An HTTP/2 connection to one server; what is asked on it is asked in order. */
export interface Wire extends Disposable {
  send(request: WireRequest): Promise<WireAnswer>;
}

/** A server that says nothing for so long is taken at what it has said: status 0 where that is nothing. */
const answerMsMax = 5_000;

/** Connects to a server as the administrator. */
export function openWire({ url, caPath, certPath, keyPath }: Address): Promise<Wire> {
  const session = http2.connect(url, {
    ca: readFileSync(caPath),
    cert: readFileSync(certPath),
    key: readFileSync(keyPath),
  });
  return new Promise((resolve, reject) => {
    session.once('error', reject);
    session.once('connect', () =>
      resolve({ send: (request) => send(session, request), [Symbol.dispose]: () => session.destroy() }),
    );
  });
}

function send(session: http2.ClientHttp2Session, { method, path, body, headers }: WireRequest): Promise<WireAnswer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const sent = { ':method': method, ':path': path, 'user-agent': 'golden/1', accept: 'application/json', ...headers };
  const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
  const stream = session.request({ ...sent, ...length }, { endStream: text === undefined });
  if (text !== undefined) stream.end(text);
  return new Promise((resolve) => {
    let received = '';
    let status = 0;
    let answered: WireAnswer['headers'] = {};
    stream.setTimeout(answerMsMax, () => stream.close(http2.constants.NGHTTP2_CANCEL));
    stream.on('response', (named) => {
      status = Number(named[':status']);
      answered = Object.fromEntries(Object.entries(named));
    });
    stream.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    stream.on('close', () => resolve({ status, headers: answered, text: received }));
    stream.on('error', (error) => resolve({ status: 0, headers: {}, text: error.message }));
  });
}
