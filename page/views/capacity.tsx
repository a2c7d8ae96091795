import { useMemo, useState } from 'react';
import { type CapacityPlan, capacityPlan } from '../../src/capacity/plan.js';
import type { Today } from '../../src/capacity/today.js';
import type { WhatIf } from '../../src/capacity/what-if.js';
import { formatQuantity } from '../../src/domain/index.js';
import { api } from '../api.js';
import { Show } from '../fault.js';
import { useLoaded } from '../load.js';
import { Pieces, useKnown } from '../report.js';
import { useInvestigationId } from '../route.js';

/** The report's own section, and what other loads and changes would do, worked out as the sliders move. */
export function Capacity() {
  const { report } = useKnown();
  const id = useInvestigationId();
  const today = useLoaded(id, (signal) => api.today(id, signal));
  const section = report.sections.find((s) => s.id === 'capacity');
  return (
    <>
      <h1>Load and capacity</h1>
      <Show of={today}>{(t) => <WhatIfPanel today={t} />}</Show>
      {section ? (
        <section aria-label={section.title}>
          <h2>{section.title}</h2>
          <Pieces of={section.pieces} />
        </section>
      ) : null}
    </>
  );
}

interface Knob {
  /** A forecast's gain is a pair, and no slider. */
  key: Exclude<keyof WhatIf, 'gainMs'>;
  title: string;
  min: number;
  max: number;
  step: number;
  start: number;
  say: (v: number) => string;
}

const percent = (v: number): string => `${Math.round(v * 100)} %`;

function knobsOf(today: Today): Knob[] {
  const top = Math.max(today.rate ?? 0, today.target ?? 0);
  const knobs: Knob[] = [];
  if (top > 0)
    knobs.push({
      key: 'rate',
      title: 'Requests a second',
      min: 0.1 * top,
      max: 3 * top,
      step: top / 100,
      start: today.target ?? top,
      say: (v) => formatQuantity(v, '1/s'),
    });
  knobs.push({
    key: 'cpuPerRequest',
    title: 'Processor work a request',
    min: 0.1,
    max: 1.5,
    step: 0.05,
    start: 1,
    say: percent,
  });
  knobs.push({
    key: 'capacity',
    title: 'Instances and cores',
    min: 0.5,
    max: 4,
    step: 0.05,
    start: 1,
    say: (v) => `${v.toFixed(2)} times today’s`,
  });
  if (today.hitRatio !== undefined)
    knobs.push({
      key: 'hitRatio',
      title: 'Hit ratio of the cache',
      min: 0,
      max: 1,
      step: 0.01,
      start: today.hitRatio,
      say: percent,
    });
  if (today.resources.some((r) => r.limit !== undefined))
    knobs.push({
      key: 'hold',
      title: 'Time a connection is held',
      min: 0.1,
      max: 2,
      step: 0.05,
      start: 1,
      say: percent,
    });
  return knobs;
}

function WhatIfPanel({ today }: { today: Today }) {
  const knobs = useMemo(() => knobsOf(today), [today]);
  const [change, setChange] = useState<WhatIf>({});
  const plan = useMemo(() => capacityPlan(today, change, { zones: 3 }), [today, change]);
  if (today.resources.length === 0)
    return (
      <p>
        Untested: nothing says how busy anything is. With the busy share of the processors at a known rate,
        loads and changes can be tried here.
      </p>
    );
  return (
    <section aria-labelledby="what-if" className="sliders">
      <h2 id="what-if">What if</h2>
      {knobs.map((k) => {
        const value = change[k.key] ?? k.start;
        return (
          <label key={k.key} className="slider">
            <span>{k.title}</span>
            <input
              type="range"
              min={k.min}
              max={k.max}
              step={k.step}
              value={value}
              aria-valuetext={k.say(value)}
              onChange={(e) => setChange({ ...change, [k.key]: Number(e.target.value) })}
            />
            <output>{k.say(value)}</output>
          </label>
        );
      })}
      <Outcome plan={plan} />
      <p>
        <button type="button" disabled={Object.keys(change).length === 0} onClick={() => setChange({})}>
          As it is
        </button>
      </p>
    </section>
  );
}

const VERDICTS = {
  holds: 'the objective holds',
  breaks: 'the objective breaks',
  depends: 'it depends on what is not known',
  untested: 'untested',
} as const;

function Outcome({ plan }: { plan: CapacityPlan }) {
  const { asked } = plan;
  const p99 = asked.p99;
  return (
    <div role="status">
      <p className="outcome">
        {formatQuantity(asked.rate, '1/s')}: {VERDICTS[asked.verdict]}
        {asked.used === undefined ? '' : `, ${formatQuantity(asked.used, 'ratio')} in use`}
        {p99 === undefined || !Number.isFinite(p99.low)
          ? ''
          : `, p99 ${formatQuantity(p99.low, 'ms')} to ${Number.isFinite(p99.high) ? formatQuantity(p99.high, 'ms') : 'without end'}`}
      </p>
      <ol className="plainlist">
        {plan.limits.slice(0, 4).map((l) => (
          <li key={l.resource.name}>
            {l.resource.name} is full at {formatQuantity(l.fullAt, '1/s')}
            {l.resource.soft === undefined ? '' : ', to be checked'}
          </li>
        ))}
      </ol>
    </div>
  );
}
