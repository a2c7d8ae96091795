import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';

export type Signal = 'traces' | 'metrics' | 'logs';
const LISTS: Record<Signal, string> = {
  traces: 'resourceSpans',
  metrics: 'resourceMetrics',
  logs: 'resourceLogs',
};

/**
 * An export request as one line of an OTLP file (OpenTelemetry, OTLP file exporter: JSON lines), as it was sent.
 * Throws when it is not a request of that signal.
 */
export function otlpLine(signal: Signal, body: string): string {
  const value: unknown = JSON.parse(body);
  const list = LISTS[signal];
  if (typeof value !== 'object' || value === null || !Array.isArray((value as Record<string, unknown>)[list]))
    throw new Error(`a request of ${signal} has no list ${list}`);
  return `${JSON.stringify(value)}\n`;
}

export type OtlpFiles = { write: (signal: Signal, body: string) => void; close: () => Promise<void> };

/** Opens `<signal>.ndjson.gz` for the three signals in a folder, which is made when missing. */
export function openOtlpFiles(folder: string): OtlpFiles {
  mkdirSync(folder, { recursive: true });
  const open = (signal: Signal) => {
    const zip = createGzip({ level: constants.Z_BEST_COMPRESSION });
    const file = createWriteStream(join(folder, `${signal}.ndjson.gz`));
    zip.pipe(file);
    return { zip, file };
  };
  const streams = { traces: open('traces'), metrics: open('metrics'), logs: open('logs') };
  return {
    write: (signal, body) => {
      streams[signal].zip.write(otlpLine(signal, body));
    },
    async close() {
      await Promise.all(
        Object.values(streams).map(({ zip, file }) => {
          zip.end();
          return finished(file);
        }),
      );
    },
  };
}
