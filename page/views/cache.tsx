import { useState } from 'react';
import { formatQuantity } from '../../src/domain/index.js';
import type { CacheStudy } from '../answers.js';
import { type ApiFault, api } from '../api.js';
import { hitRatioAt } from '../cache-room.js';
import { ended, faultOf } from '../ended.js';
import { Fault } from '../fault.js';
import { LineChart } from '../line-chart.js';
import { Sections } from './section.js';

/** The report's own section, and the curve of what more room would serve, from what was asked of the cache. */
export function Cache() {
  return (
    <>
      <Sections title="Cache and queues" ids={['caching']} />
      <Study />
    </>
  );
}

/** A trace of accesses goes in, the hit ratio by room comes out. */
function Study() {
  const [file, setFile] = useState<File>();
  const [size, setSize] = useState('');
  const [doing, setDoing] = useState<string>();
  const [fault, setFault] = useState<ApiFault>();
  const [study, setStudy] = useState<CacheStudy>();
  const start = async (of: File): Promise<void> => {
    setFault(undefined);
    setDoing('sent');
    try {
      const job = await api.studyCache(await api.upload(of), size.trim() === '' ? {} : { size: size.trim() });
      await ended(job, setDoing);
      setStudy(await api.cacheStudy(job.id));
    } catch (error) {
      setFault(faultOf(error));
    } finally {
      setDoing(undefined);
    }
  };
  return (
    <section aria-labelledby="curve">
      <h2 id="curve">What more room would serve</h2>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (file) void start(file);
        }}
      >
        <p>
          <label>
            What was asked of the cache: output of <code>redis-cli MONITOR</code>, a web access log, a CSV of
            accesses, or a key a line <input type="file" onChange={(e) => setFile(e.target.files?.[0])} />
          </label>
        </p>
        <p>
          <label>
            Room today, in objects; a tenth of them when left out{' '}
            <input
              type="search"
              inputMode="numeric"
              size={10}
              value={size}
              onChange={(e) => setSize(e.target.value)}
            />
          </label>
        </p>
        <p>
          <button type="submit" disabled={file === undefined || doing !== undefined}>
            Study
          </button>{' '}
          <span role="status">{doing ?? ''}</span>
        </p>
      </form>
      {fault ? <Fault fault={fault} /> : null}
      {study ? <Curve key={`${study.requests} ${study.policies[0]?.size}`} of={study} /> : null}
    </section>
  );
}

const percent = (v: number): string => formatQuantity(v, 'ratio');

function Curve({ of: study }: { of: CacheStudy }) {
  const today = study.policies[0]?.size ?? 1;
  const [room, setRoom] = useState(today);
  const most = study.curve.at(-1)?.size ?? today;
  const hit = hitRatioAt(study.curve, room);
  const now = hitRatioAt(study.curve, today);
  const said =
    room === today
      ? `Room for ${formatQuantity(today, 'count')} of ${formatQuantity(study.objects, 'count')} objects serves ${percent(now)} of look-ups`
      : `Room for ${formatQuantity(room, 'count')} serves ${percent(hit)} instead of ${percent(now)}`;
  return (
    <>
      <p className="outcome" role="status">
        {said}
      </p>
      <label className="slider">
        <span>Room, in objects</span>
        <input
          type="range"
          min={1}
          max={most}
          step={Math.max(1, Math.round(most / 500))}
          value={room}
          aria-valuetext={`${room} objects`}
          onChange={(e) => setRoom(Number(e.target.value))}
        />
        <output>{formatQuantity(room, 'count')}</output>
      </label>
      <LineChart
        name="Hit ratio by room"
        summary={said}
        xTitle="room in objects"
        yTitle="look-ups served, %"
        lines={[
          {
            name: 'LRU',
            look: 'now',
            points: [[0, 0], ...study.curve.map((r) => [r.size, 100 * r.hitRatio] as const)],
          },
        ]}
        here={{ x: room, y: 100 * hit, label: percent(hit) }}
      />
      <p className="how">
        By replay of {formatQuantity(study.requests, 'count')} look-ups, evicting what was used longest ago.
        {study.sampled === undefined
          ? ''
          : ` From a sample of the objects: off by about ${percent(study.sampled.error)}.`}{' '}
        No cache serves the first look-up of an object: {percent(study.coldShare)} of all.
      </p>
      {study.advice.length > 0 ? (
        <ul className="plainlist">
          {study.advice.map((a) => (
            <li key={a.text}>{a.text}</li>
          ))}
        </ul>
      ) : null}
      <section className="table" aria-label="Policies" tabIndex={0}>
        <table>
          <caption>Other policies with today’s room</caption>
          <thead>
            <tr>
              <th scope="col">Policy</th>
              <th scope="col" className="r">
                Served
              </th>
            </tr>
          </thead>
          <tbody>
            {study.policies.map((p) => (
              <tr key={p.policy}>
                <th scope="row">{p.policy}</th>
                <td className="r">{percent(p.hitRatio)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
