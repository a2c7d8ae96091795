import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Suite } from '../main.js';
import { makeCollapsed, makeCpuprofile, makePprof } from '../profiles/make-files.js';
import { type Cost, costOf, goPprof } from '../profiles/peers.js';
import { speedscopePeer } from '../profiles/speedscope-peer.js';

const MEGABYTE = 1e6;

/** Large profiles, made here: what reading one costs, beside Go's pprof and speedscope in the same run. */
export default {
  suite: 'profiles/speed',
  about: 'processor time and memory of reading large profiles, beside other readers',
  ownData: true,
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'kneepoint-speed-'));
    try {
      const reader = join(folder, 'read-one.mjs');
      await build({
        entryPoints: [fileURLToPath(new URL('../profiles/read-one.ts', import.meta.url))],
        outfile: reader,
        bundle: true,
        platform: 'node',
        format: 'esm',
        logLevel: 'error',
      });
      const files = [
        {
          name: 'collapsed',
          path: join(folder, 'big.collapsed'),
          make: (p: string) => makeCollapsed(p, 1_000_000),
        },
        { name: 'pprof', path: join(folder, 'big.pprof'), make: (p: string) => makePprof(p, 470_000) },
        {
          name: 'cpuprofile',
          path: join(folder, 'big.cpuprofile'),
          make: (p: string) => makeCpuprofile(p, 1_150_000, 112_000),
        },
      ];
      const pprof = goPprof();
      const speedscope = speedscopePeer(folder);
      const scores: Record<string, unknown> = {};
      for (const file of files) {
        const megabytes = file.make(file.path) / MEGABYTE;
        const ours = own(reader, file.path);
        const peers: Record<string, Cost | string | undefined> = {
          ...(file.name === 'pprof' && pprof
            ? { goToolPprof: await costOf(pprof, ['-top', '-nodecount=10', `${file.path}.gz`]) }
            : {}),
          ...(speedscope ? { speedscope: await speedscope(file.path) } : {}),
        };
        scores[file.name] = {
          megabytes: round(megabytes),
          ...ours,
          peers: Object.fromEntries(
            Object.entries(peers).map(([name, cost]) => [
              name,
              typeof cost === 'object'
                ? {
                    ...rounded(cost),
                    cpuRatio: round(cost.cpuSeconds / ours.cpuSeconds),
                    rssRatio: round(cost.peakRssMb / ours.peakRssMb),
                  }
                : (cost ?? 'failed'),
            ]),
          ),
        };
      }
      return {
        cases: files.length,
        ...scores,
        peersRun: [...(pprof ? ['go tool pprof'] : []), ...(speedscope ? ['speedscope'] : [])],
      };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
} satisfies Suite;

function own(reader: string, path: string): Cost {
  const run = spawnSync(process.execPath, [reader, path], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return rounded(JSON.parse(run.stdout) as Cost);
}

const round = (x: number): number => Math.round(x * 100) / 100;
const rounded = ({ cpuSeconds, peakRssMb }: Cost): Cost => ({
  cpuSeconds: round(cpuSeconds),
  peakRssMb: round(peakRssMb),
});
