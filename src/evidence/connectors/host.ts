import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, hostname } from 'node:os';
import { systemClock } from './live/clock.js';
import { AskFault } from './live/fault.js';
import { type GaugeSeries, writeGauges } from './live/gauges.js';
import type { Answer } from './live/http.js';
import type { Asking, SourceSystem } from './source.js';

/** What is read of this host at one moment, by its path. A file that is not there is left out. */
const FILES = [
  '/proc/stat',
  '/proc/loadavg',
  '/proc/meminfo',
  '/proc/vmstat',
  '/proc/pressure/cpu',
  '/proc/pressure/memory',
  '/proc/pressure/io',
  '/proc/self/cgroup',
  '/sys/fs/cgroup/cpu.stat',
  '/sys/fs/cgroup/cpu.max',
  '/sys/fs/cgroup/memory.current',
  '/sys/fs/cgroup/memory.max',
  '/sys/fs/cgroup/memory.stat',
  '/sys/fs/cgroup/cpu/cpu.stat',
  '/sys/fs/cgroup/cpu/cpu.cfs_quota_us',
  '/sys/fs/cgroup/cpu/cpu.cfs_period_us',
  '/sys/fs/cgroup/memory/memory.usage_in_bytes',
  '/sys/fs/cgroup/memory/memory.limit_in_bytes',
] as const;

export interface HostReading {
  atMs: number;
  processors: number;
  files: Readonly<Record<string, string>>;
}

const SAMPLES = 10;

export default {
  id: 'host',
  title: 'This host',
  asks: '/proc and cgroup files, a reading a second',
  products: ['linux'],
  gives: ['metrics'],
  address: 'none',
  once: 'now',
  credentials: {},
  options: {
    seconds: 'how long to watch (default 10), a reading a second',
    name: 'what it is called in results; its own name when left out',
    root: 'another root of /proc and /sys: /host in a container',
  },
  headers: () => ({}),
  async probe(asking) {
    if (!existsSync(`${root(asking)}/proc/stat`))
      throw new AskFault('not-found', 'there is no /proc here; this source is for Linux');
    const v2 = existsSync(`${root(asking)}/sys/fs/cgroup/cgroup.controllers`);
    return {
      version: `cgroup v${v2 ? 2 : 1}`,
      can: ['metrics'],
      notes: ['What it says is of now and of this machine.'],
    };
  },
  async plan(asking) {
    return [{ query: '/proc and cgroup files', calls: seconds(asking) }];
  },
  async collect(asking) {
    const readings: HostReading[] = [];
    await asking.page({
      query: `/proc and cgroup of ${asking.option('name') ?? 'this host'}`,
      async ask(): Promise<Answer> {
        for (let i = 0; i < seconds(asking) && !asking.signal.aborted; i++) {
          if (i > 0) await systemClock.sleep(1000, asking.signal);
          readings.push(readHost(root(asking), systemClock.nowMs()));
        }
        if (asking.signal.aborted) throw new AskFault('cancelled', 'it was cancelled');
        const bytes = Buffer.from(JSON.stringify(readings));
        return {
          status: 200,
          headers: new Headers(),
          bytes,
          at: new Date(systemClock.nowMs()).toISOString(),
          sha256: createHash('sha256').update(bytes).digest('hex'),
        };
      },
      read(_answer, sink) {
        writeGauges(hostSeries(asking.option('name') ?? hostname(), readings), sink);
      },
    });
  },
} satisfies SourceSystem;

const root = (asking: Asking): string => (asking.option('root') ?? '').replace(/\/+$/, '');
const seconds = (asking: Asking): number => {
  const given = Number(asking.option('seconds'));
  return Number.isInteger(given) && given > 0 && given <= 600 ? given : SAMPLES;
};

function readHost(below: string, atMs: number): HostReading {
  const files: Record<string, string> = {};
  for (const file of FILES)
    try {
      files[file] = readFileSync(`${below}${file}`, 'utf8');
    } catch {
      // Not every kernel and every container has every file.
    }
  return { atMs, processors: cpus().length, files };
}

const line = (text: string | undefined, key: string): number =>
  Number(new RegExp(`^${key}:?\\s+(\\d+)`, 'm').exec(text ?? '')?.[1] ?? Number.NaN);

/** Readings as series: busy share, load per processor, memory, pressure, quota and throttling. */
export function hostSeries(name: string, readings: readonly HostReading[]): GaugeSeries[] {
  const series = new Map<string, { unit: string; points: [number, number][] }>();
  const put = (metric: string, unit: string, ms: number, value: number): void => {
    if (!Number.isFinite(value)) return;
    const of = series.get(metric) ?? { unit, points: [] };
    of.points.push([ms, value]);
    series.set(metric, of);
  };
  readings.forEach((now, i) => {
    const { files, atMs, processors } = now;
    const before = readings[i - 1];
    const cpu = busyOf(files['/proc/stat']);
    const cpuBefore = before && busyOf(before.files['/proc/stat']);
    if (cpu && cpuBefore && cpu.all > cpuBefore.all) {
      put('system.cpu.utilization', '1', atMs, (cpu.busy - cpuBefore.busy) / (cpu.all - cpuBefore.all));
      put('system.cpu.steal', '1', atMs, (cpu.steal - cpuBefore.steal) / (cpu.all - cpuBefore.all));
    }
    put('system.cpu.logical.count', '{cpu}', atMs, processors);
    put(
      'system.cpu.load_per_processor',
      '1',
      atMs,
      Number((files['/proc/loadavg'] ?? '').split(' ')[0]) / processors,
    );
    const total = line(files['/proc/meminfo'], 'MemTotal');
    put('system.memory.utilization', '1', atMs, 1 - line(files['/proc/meminfo'], 'MemAvailable') / total);
    for (const what of ['cpu', 'memory', 'io'])
      put(
        `system.pressure.${what}`,
        '%',
        atMs,
        Number(/^some avg10=([\d.]+)/m.exec(files[`/proc/pressure/${what}`] ?? '')?.[1] ?? Number.NaN),
      );
    const quota = quotaOf(files);
    put('container.cpu.limit', '{cpu}', atMs, quota);
    const stat = files['/sys/fs/cgroup/cpu.stat'] ?? files['/sys/fs/cgroup/cpu/cpu.stat'];
    const statBefore =
      before && (before.files['/sys/fs/cgroup/cpu.stat'] ?? before.files['/sys/fs/cgroup/cpu/cpu.stat']);
    const periods = line(stat, 'nr_periods') - line(statBefore, 'nr_periods');
    if (periods > 0)
      put(
        'container.cpu.throttled_share',
        '1',
        atMs,
        (line(stat, 'nr_throttled') - line(statBefore, 'nr_throttled')) / periods,
      );
    const used = Number(
      files['/sys/fs/cgroup/memory.current'] ??
        files['/sys/fs/cgroup/memory/memory.usage_in_bytes'] ??
        Number.NaN,
    );
    const limit = Number(
      (
        files['/sys/fs/cgroup/memory.max'] ??
        files['/sys/fs/cgroup/memory/memory.limit_in_bytes'] ??
        ''
      ).trim() || Number.NaN,
    );
    put('container.memory.usage', 'By', atMs, used);
    // Version 1 writes "no limit" as a number near 2^63.
    if (limit < 2 ** 60) put('container.memory.utilization', '1', atMs, used / limit);
  });
  return [...series].map(([metric, { unit, points }]) => ({
    service: name,
    name: metric,
    unit,
    attributes: [],
    points,
  }));
}

/** Ticks of all processors: user, nice, system, idle, iowait, irq, softirq, steal. */
function busyOf(stat: string | undefined): { busy: number; steal: number; all: number } | undefined {
  const ticks = /^cpu\s+(.+)$/m
    .exec(stat ?? '')?.[1]
    ?.split(/\s+/)
    .map(Number);
  if (!ticks || ticks.length < 8) return undefined;
  const all = ticks.slice(0, 8).reduce((a, b) => a + b, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  const steal = ticks[7] ?? 0;
  return { busy: all - idle - steal, steal, all };
}

/** Processors that a quota allows; NaN without one. `max 100000` in version 2, −1 in version 1. */
function quotaOf(files: HostReading['files']): number {
  const [quota, period] = (files['/sys/fs/cgroup/cpu.max'] ?? '').trim().split(' ');
  if (quota !== undefined && quota !== '')
    return quota === 'max' ? Number.NaN : Number(quota) / Number(period ?? 100_000);
  const v1 = Number(files['/sys/fs/cgroup/cpu/cpu.cfs_quota_us'] ?? Number.NaN);
  return v1 > 0 ? v1 / Number(files['/sys/fs/cgroup/cpu/cpu.cfs_period_us'] ?? 100_000) : Number.NaN;
}
