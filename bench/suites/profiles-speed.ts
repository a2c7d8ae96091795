import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Suite } from '../main.js';
import { makeCollapsed, makeCpuprofile, makePprof } from '../profiles/make-files.js';
import { type Cost, costOf, flamegraphPl, goPprof, type Run } from '../profiles/peers.js';
import { speedscopePeer } from '../profiles/speedscope-peer.js';

const MEGABYTE = 1e6;
/** The suite ends in this time: what peers may take of it is what is left, shared out. */
const WHOLE_SECONDS = 270;
/** No peer gets more, however much is left. */
const LONGEST_SECONDS = 100;

/** Large profiles, made here: what reading one costs, beside Go's pprof, speedscope and flamegraph.pl in the same run. */
export default {
  suite: 'profiles/speed',
  about: 'processor time and memory of reading large profiles, beside other readers',
  ownData: true,
  async run() {
    const start = performance.now();
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
      const files = FILES.map(({ name, make }) => {
        const path = join(folder, `big.${name}`);
        return { name, path, megabytes: round(make(path) / MEGABYTE) };
      });
      const scores: Record<string, Score> = {};
      for (const { name, path, megabytes } of files)
        scores[name] = { megabytes, ...own(reader, path), peers: {} };
      const runs = peerRuns(folder, files);
      for (const [i, { peer, file, run }] of runs.entries()) {
        const score = scores[file];
        if (!score) continue;
        const left = WHOLE_SECONDS - (performance.now() - start) / 1000;
        // The largest come last: what the quick ones leave is theirs.
        const limit = Math.floor(Math.min(LONGEST_SECONDS, (2 * left) / (runs.length - i + 1)));
        score.peers[peer] = run ? told(await run(Math.max(5, limit)), score) : 'not installed';
      }
      return { cases: files.length, ...scores };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
} satisfies Suite;

const FILES: readonly { name: string; make(path: string): number }[] = [
  { name: 'collapsed', make: (p) => makeCollapsed(p, 1_000_000) },
  { name: 'pprof', make: (p) => makePprof(p, 470_000) },
  { name: 'cpuprofile', make: (p) => makeCpuprofile(p, 1_150_000, 112_000) },
];

interface Score extends Cost {
  megabytes: number;
  peers: Record<string, string | PeerScore>;
}
interface PeerScore extends Run {
  cpuRatio: number;
  rssRatio: number;
}

/** A program, a file that it reads, and how it is run for so many seconds at most; without `run` it is not there. */
interface PeerRun {
  peer: string;
  file: string;
  run: ((limitSeconds: number) => Promise<Run | undefined>) | undefined;
}

/** Every program on every file that it reads. */
function peerRuns(folder: string, files: readonly { name: string; path: string }[]): PeerRun[] {
  const speedscope = speedscopePeer(folder);
  const pprof = goPprof();
  const perl = flamegraphPl(folder);
  return files.flatMap(({ name, path }): PeerRun[] => [
    ...(name === 'collapsed'
      ? [
          {
            peer: 'flamegraphPl',
            file: name,
            run: perl ? (s: number) => costOf('perl', [perl, path], s) : undefined,
          },
        ]
      : []),
    ...(name === 'pprof'
      ? [
          {
            peer: 'goToolPprof',
            file: name,
            run: pprof ? (s: number) => costOf(pprof, ['-top', '-nodecount=10', `${path}.gz`], s) : undefined,
          },
        ]
      : []),
    { peer: 'speedscope', file: name, run: speedscope ? (s: number) => speedscope(path, s) : undefined },
  ]);
}

/** What a peer took, and how many times that is what we took; of one that was ended both are at least so much. */
function told(run: Run | undefined, ours: Cost): string | PeerScore {
  if (!run) return 'failed';
  return {
    ...run,
    ...rounded(run),
    cpuRatio: round(run.cpuSeconds / ours.cpuSeconds),
    rssRatio: round(run.peakRssMb / ours.peakRssMb),
  };
}

function own(reader: string, path: string): Cost {
  const run = spawnSync(process.execPath, [reader, path], { encoding: 'utf8', timeout: 60_000 });
  if (run.status !== 0) throw new Error(run.stderr || 'the reader came to no end in a minute');
  return rounded(JSON.parse(run.stdout) as Cost);
}

const round = (x: number): number => Math.round(x * 100) / 100;
const rounded = ({ cpuSeconds, peakRssMb }: Cost): Cost => ({
  cpuSeconds: round(cpuSeconds),
  peakRssMb: round(peakRssMb),
});
