import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const LAB = fileURLToPath(new URL('..', import.meta.url));
/** Where the bundles go: inside the project, so that packages resolve. */
export const BUILT = join(LAB, '.data', 'build');

const SERVICES = ['telemetry', 'checkout-api', 'coupon', 'tax'].map((name) =>
  join(LAB, 'services', `${name}.ts`),
);
const HOSTS = [
  'topology/postgres-host',
  'topology/redis-host',
  'topology/replica-host',
  'topology/network-host',
  'topology/neighbour-host',
  'load/generator',
].map((name) => join(LAB, `${name}.ts`));

/**
 * Bundles what runs in processes of its own. Services become CommonJS with packages left outside, since the
 * instrumentations patch modules as they are required; the others are ES modules.
 */
export async function buildLab(): Promise<void> {
  mkdirSync(dirname(BUILT), { recursive: true });
  const common = {
    bundle: true,
    platform: 'node',
    target: 'node20',
    packages: 'external',
    outdir: BUILT,
  } as const;
  await build({ ...common, entryPoints: SERVICES, format: 'cjs', outExtension: { '.js': '.cjs' } });
  await build({
    ...common,
    entryPoints: HOSTS,
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    outbase: LAB,
  });
}
