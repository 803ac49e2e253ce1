import pino from 'pino';
import type { LogFields, Logger } from '../kernel/base/logger.ts';

/** Which lines are written. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Lines that wait while they cannot be written, bytes; beyond it new ones are dropped. */
const waitingBytesMax = 256 * 1024;

/** A logger that writes one JSON line per message to standard error, with fields common to all of them. */
export function openLogger(level: LogLevel, fields: LogFields): Logger {
  const destination = pino.destination({ fd: 2, sync: true, maxLength: waitingBytesMax });
  // Standard error is often a file on the disk that is full: what cannot be written now is tried again with the next line.
  destination.on('error', () => undefined);
  return wrap(
    pino(
      {
        level,
        base: fields,
        timestamp: pino.stdTimeFunctions.isoTime,
        messageKey: 'message',
        formatters: { level: (label) => ({ level: label }) },
      },
      destination,
    ),
  );
}

function wrap(line: pino.Logger): Logger {
  return {
    debug: (message, fields) => line.debug(fields ?? {}, message),
    info: (message, fields) => line.info(fields ?? {}, message),
    warn: (message, fields) => line.warn(fields ?? {}, message),
    error: (message, fields) => line.error(fields ?? {}, message),
    child: (fields) => wrap(line.child(fields)),
  };
}
