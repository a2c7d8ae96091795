import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import type { Profile } from '../../src/domain/index.js';
import { createCallTree } from '../../src/models/call-tree.js';
import { quantile } from '../../src/models/quantile.js';
import { flameGraph } from '../../src/report/flame/graph.js';
import { flamePage } from '../../src/report/flame/page.js';
import { flameSvg } from '../../src/report/flame/svg.js';
import type { Suite } from '../main.js';
import { madeCalls, someLeaf } from '../profiles/made-calls.js';
import { addSample, madeProfile } from '../profiles/made-profile.js';

const NODES = 100_000;
const SAMPLES = 400_000;
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** Keys that walk through the graph, in turn. */
const WALK = ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowDown', 'Enter', 'ArrowDown', 'ArrowUp', 'Escape'];
const STEPS = 160;

/** A flame graph of a hundred thousand frames: how long the page takes to draw itself and to answer a key. */
export default {
  suite: 'profiles/flame',
  about: 'time of a flame graph of 100 000 frames to draw, to walk, to search and to turn round, in Chromium',
  ownData: true,
  async run() {
    const profile = largeProfile();
    const told = { causeOfNode: new Map<number, string>(), causes: [] };
    const start = performance.now();
    const graph = flameGraph(profile, 0, told);
    const page = flamePage({
      title: 'made',
      profile,
      sampleType: 0,
      causes: [],
      causeOfNode: told.causeOfNode,
      notes: [],
    });
    const written = { writeMs: round(performance.now() - start), megabytes: round(page.length / 1e6) };
    const svg = flameSvg(graph, { title: 'made', standalone: true });
    const made = { cases: 1, frames: graph.parent.length, ...written, svgMegabytes: round(svg.length / 1e6) };
    if (!existsSync(CHROMIUM)) return { ...made, browser: 'not installed: apt-get install chromium' };
    return { ...made, ...(await inBrowser(page)) };
  },
} satisfies Suite;

/** A workload whose tree has as many nodes, all of them large enough to be kept. */
function largeProfile(): Profile {
  const calls = madeCalls(NODES, [8, 40], 23);
  const tree = createCallTree(1);
  for (const leaf of calls.leaves) addSample(tree, calls, leaf);
  for (let i = calls.leaves.length; i < SAMPLES; i++) addSample(tree, calls, someLeaf(calls));
  return madeProfile(tree, calls.functions, SAMPLES);
}

interface Times {
  keys: number[];
  searches: number[];
  sandwich: number;
  turn: number;
}

/** Drawing is part of handling an event: what is measured is the time until the page could take the next one. */
const MEASURE = `(() => {
  const took = (what) => { const from = performance.now(); what(); return performance.now() - from; };
  const canvas = document.querySelector('canvas');
  const find = document.getElementById('find');
  const press = (key) => canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const search = (text) => { find.value = text; find.dispatchEvent(new Event('input')); };
  const walk = ${JSON.stringify(WALK)};
  return {
    keys: Array.from({ length: ${STEPS} }, (_, i) => took(() => press(walk[i % walk.length]))),
    searches: ['parse', 'cart.', 'zzz', 'order', ''].map((text) => took(() => search(text))),
    sandwich: took(() => { press('ArrowDown'); press('s'); }),
    turn: took(() => document.getElementById('turn').click()),
  };
})()`;

async function inBrowser(html: string) {
  const folder = mkdtempSync(join(tmpdir(), 'kneepoint-flame-'));
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const file = join(folder, 'flame.html');
    writeFileSync(file, html);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(pathToFileURL(file).href);
    const loadMs = await page.evaluate<number>('performance.getEntriesByType("navigation")[0].loadEventEnd');
    const times = await page.evaluate<Times>(MEASURE);
    const keys = Float64Array.from(times.keys).sort();
    return {
      loadMs: round(loadMs),
      keyMedianMs: round(quantile(keys, 0.5)),
      keyP95Ms: round(quantile(keys, 0.95)),
      searchMs: round(Math.max(...times.searches)),
      sandwichMs: round(times.sandwich),
      turnMs: round(times.turn),
    };
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const round = (x: number): number => Math.round(x * 10) / 10;
