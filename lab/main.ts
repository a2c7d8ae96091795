import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type EvidenceSource, SOURCES } from './experiment/evidence.js';
import { healthyLoad, record, runExperiment, startWarm } from './experiment/experiment.js';
import { experimentLine } from './experiment/scoreboard.js';
import { tellStory } from './experiment/story.js';
import { storyPage } from './experiment/story-page.js';
import { FAULTS } from './faults/index.js';
import { missingPart } from './topology/missing.js';

const FINE = 0;
const NOT_MET = 1;
const BAD_INPUT = 2;
const COULD_NOT_RUN = 3;

const told = (text: string): void => {
  process.stderr.write(`${text}\n`);
};
const print = (value: unknown, json: boolean, text: () => string): void => {
  process.stdout.write(json ? `${JSON.stringify(value)}\n` : text());
};

/** Faults of the lab, and what they want the investigation to find. */
function list(json: boolean): number {
  const rows = FAULTS.map((f) => ({
    id: f.id,
    title: f.title,
    truth: f.truth.hypotheses,
    remedies: Object.keys(f.remedies),
    ...(f.missing?.() ? { missing: f.missing() } : {}),
  }));
  const width = Math.max(...rows.map((r) => r.id.length));
  print(rows, json, () =>
    rows
      .map((r) => `${r.id.padEnd(width)}  ${r.title}${r.missing ? ` (not here: ${r.missing})` : ''}\n`)
      .join(''),
  );
  return FINE;
}

type Values = { out: string; pairs: string; without: string[]; json: boolean };

/** One fault, from the healthy system to the measured remedy. */
async function run(id: string | undefined, { out, pairs, without, json }: Values): Promise<number> {
  const fault = FAULTS.find((f) => f.id === id);
  const count = Number(pairs);
  const unknown = without.find((s) => !(SOURCES as readonly string[]).includes(s));
  const wrong =
    fault === undefined
      ? `lab run ${id ?? ''}: no such fault; \`kneepoint lab list\` names them`
      : !Number.isInteger(count) || count < 1 || count > 20
        ? `--pairs ${pairs}: must be a whole number from 1 to 20`
        : unknown === undefined
          ? undefined
          : `--without ${unknown}: must be one of ${SOURCES.join(', ')}`;
  if (wrong !== undefined || fault === undefined) {
    told(wrong ?? '');
    return BAD_INPUT;
  }
  const why = fault.missing?.();
  if (why) {
    told(`${fault.id} cannot be made here: ${why}`);
    return COULD_NOT_RUN;
  }
  const folder = join(resolve(out), fault.id);
  const options = {
    out: folder,
    pairs: count,
    without: without as EvidenceSource[],
    progress: told,
  };
  const session = await startWarm(told);
  try {
    told('recording the healthy system');
    const baseline = join(folder, 'healthy');
    await record(session, baseline, healthyLoad(), options.without);
    const done = await runExperiment(session, fault, baseline, options);
    writeFileSync(join(folder, 'experiment.json'), `${JSON.stringify(done, null, 2)}\n`);
    print(done, json, () => {
      const c = done.measured?.comparison;
      const judged = c
        ? `run by run: p99 ${c.baseline.toFixed(1)} → ${c.candidate.toFixed(1)} ms, ${c.better ? 'better beyond doubt' : `not settled, ${c.moreRuns} more runs a side would tell`}\n`
        : '';
      return `${experimentLine(done)}\n${judged}evidence and predicted against measured: ${folder}\n`;
    });
    return done.measured?.inside ? FINE : NOT_MET;
  } finally {
    await session.stop();
  }
}

/** The whole story of the example, with a page. */
async function story({ out, json }: Values): Promise<number> {
  const folder = join(resolve(out), 'story');
  mkdirSync(folder, { recursive: true });
  const told_ = await tellStory(folder, told);
  const page = join(folder, 'story.html');
  writeFileSync(page, storyPage(told_));
  writeFileSync(join(folder, 'story.json'), `${JSON.stringify(told_, null, 2)}\n`);
  const ok = told_.met.p99 && told_.met.errors && told_.met.processor;
  print(told_, json, () =>
    [
      ...told_.steps.map(
        (s, i) =>
          `${i + 1}. ${s.remedy}: ${s.beforeMs.toFixed(0)} → ${s.afterMs.toFixed(0)} ms, forecast ${s.forecast ? s.forecast.interval.map((x) => x.toFixed(0)).join('–') : 'none'} ms (${s.inside ? 'inside' : 'outside'})`,
      ),
      `${ok ? 'target met' : 'target not met'}: p99 ${told_.incident.p99Ms.toFixed(0)} → ${told_.final.p99Ms.toFixed(0)} ms at ${told_.final.perSecond}/s (target ${told_.targetMs.toFixed(0)}), errors ${(100 * told_.final.errors).toFixed(2)} %, processor ${told_.incident.processorSeconds.toFixed(2)} → ${told_.final.processorSeconds.toFixed(2)} s/s`,
      `page: ${page}`,
      '',
    ].join('\n'),
  );
  return ok ? FINE : NOT_MET;
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      out: { type: 'string', default: 'kneepoint-lab' },
      pairs: { type: 'string', default: '4' },
      without: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
    },
  });
  const [what, id] = positionals;
  if (what === 'list') return list(values.json);
  const lack = missingPart();
  if (lack) {
    told(lack);
    return COULD_NOT_RUN;
  }
  if (what === 'run') return run(id, values);
  if (what === 'story') return story(values);
  told(`lab ${what ?? ''}: must be list, run or story`);
  return BAD_INPUT;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
process.exitCode = await main();
