import type { AddressInfo } from 'node:net';
import express, { type Express } from 'express';

/** Serves the application on a free loopback port, and `admin`, when given, on another; tells the parent process. */
export function serve(app: Express, admin?: Express): void {
  const listen = (served: Express): Promise<number> =>
    new Promise((resolve, reject) => {
      const server = served.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      server.on('error', reject);
      server.keepAliveTimeout = 120_000;
    });
  void Promise.all([listen(app), ...(admin ? [listen(admin)] : [])]).then(([port, adminPort]) =>
    process.send?.({ ready: true, port, adminPort }),
  );
}

/** An Express application that reads JSON and says nothing of itself. */
export function application(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(express.json());
  return app;
}

/** An environment variable the parent process must have set. */
export function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: services are started by the lab`);
  return value;
}
