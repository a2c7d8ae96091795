import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { MACHINE, watch, watchedFrom } from '../../src/experiments/load/watch.js';

const folder = mkdtempSync(join(tmpdir(), 'watch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!existsSync('/proc/stat'))('what is watched while load runs', () => {
  it('tells how busy the machine was, what neighbours took of that, and the busiest thread of a process', () => {
    const end = watch([{ name: 'self', pid: process.pid }]);
    const until = performance.now() + 150;
    let work = 0;
    while (performance.now() < until) work += Math.sqrt(work + 1);
    const found = new Map(end().map((r) => [r.name, r]));
    const machine = found.get(MACHINE);
    expect(machine?.busy).toBeGreaterThan(0);
    expect(machine?.busy).toBeLessThanOrEqual(1);
    expect(machine?.others).toBeLessThanOrEqual(machine?.busy ?? 0);
    expect(found.get('busiest thread of self')?.busy).toBeGreaterThan(0.1);
  });

  it('holds a control group against its quota: half a second of work in a whole second of two cores is a quarter', () => {
    const usage = (micros: number): void =>
      writeFileSync(join(folder, 'cpu.stat'), `usage_usec ${micros}\nuser_usec 0\n`);
    usage(1_000_000);
    writeFileSync(join(folder, 'cpu.max'), '200000 100000\n');
    const started = performance.now();
    const end = watch([{ name: 'api', group: folder }]);
    while (performance.now() < started + 50);
    usage(1_050_000);
    const [use] = end().filter((r) => r.name === 'api');
    const passed = (performance.now() - started) / 1000;
    expect(use?.busy).toBeGreaterThanOrEqual(0.9 * (0.05 / passed / 2));
    expect(use?.busy).toBeLessThanOrEqual(0.5);
  });

  it('takes a process by its id and a control group by its folder, and says what else is wrong', () => {
    expect(watchedFrom(`api=${process.pid}`)).toEqual({ name: 'api', pid: process.pid });
    expect(watchedFrom(`api=${folder}`)).toEqual({ name: 'api', group: folder });
    expect(watchedFrom('api=999999999')).toMatch(/no process/);
    expect(watchedFrom(`api=${join(folder, 'nowhere')}`)).toMatch(/no folder/);
    expect(watchedFrom(`api=${tmpdir()}`)).toMatch(/without processor times/);
    expect(watchedFrom('1234')).toMatch(/no name/);
  });
});
