import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.js';
import { parsePlan } from '../../src/experiments/load/plan.js';
import { printedInEachTest } from './printed.js';

const folder = mkdtempSync(join(tmpdir(), 'capacity-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const printed = printedInEachTest();

const DAY = 1440;
const load = (): string =>
  `minute,requests\n${Array.from({ length: 3 * DAY }, (_, m) => `${new Date(Date.UTC(2026, 0, 5) + m * 60_000).toISOString().slice(0, 19).replace('T', ' ')},${m % DAY >= 1080 && m % DAY < 1140 ? 48_000 : 6000}`).join('\n')}\n`;

describe('kneepoint capacity', () => {
  it('fit: says what is an extrapolation, and writes the curve', async () => {
    const steps = file(
      'steps.csv',
      'rate,mean_ms,p99_ms\n20,20,92\n40,20,93\n60,20.4,95\n80,21,97\n100,22,104\n',
    );
    expect(await main(['capacity', 'fit', steps, '--slo', '400ms', '--out', join(folder, 'fit')])).toBe(0);
    expect(printed.out).toMatch(/^The knee is at .* where p99 reaches 400 ms/);
    expect(printed.out).toMatch(/it is an extrapolation/);
    expect(readFileSync(join(folder, 'fit', 'knee.svg'), 'utf8')).toMatch(/^<svg/);
  });

  it('fit: does not forecast from steps that no model describes', async () => {
    const steps = file('falling.csv', 'rate,mean_ms\n10,50\n20,40\n30,30\n40,20\n50,10\n');
    expect(await main(['capacity', 'fit', steps])).toBe(1);
    expect(printed.out).toMatch(/^Cannot tell how far it goes: the best model is wrong by/);
    expect(printed.out).not.toMatch(/at a load of/);
  });

  it('fit: gives bounds and mean values from service demands, and says they were not measured', async () => {
    const demands = file(
      'd.json',
      JSON.stringify({
        stations: [
          { name: 'cpu', demand: 0.02 },
          { name: 'disk', demand: 0.05 },
        ],
        think: 1,
      }),
    );
    expect(await main(['capacity', 'fit', '--demands', demands])).toBe(0);
    expect(printed.out).toMatch(/^disk limits: it is full at 20 requests a second, then cpu at 50/);
    expect(printed.out).toMatch(/untested until load steps are given/);
  });

  it('plan: works from flags alone', async () => {
    expect(
      await main([
        'capacity',
        'plan',
        '--now',
        'rate=6000,cpu=90%,p99=1.8s,instances=8',
        '--rate',
        '8k',
        '--slo',
        '700ms',
        '--cost-limit',
        '15%',
      ]),
    ).toBe(0);
    expect(printed.out).toMatch(
      /8.?000\/s at p99 under 700 ms: no, not on today’s capacity: the fullest processors would be 120 % busy/,
    );
    expect(printed.out).toMatch(/not without cutting CPU a request by/);
    expect(printed.out).toMatch(/one of 8 instances lost/);
  });

  it('plan: tries changes', async () => {
    expect(
      await main([
        'capacity',
        'plan',
        '--now',
        'rate=6000,cpu=90%,p99=1.8s,instances=8',
        '--rate',
        '8k',
        '--instances',
        '16',
        '--cpu-per-request',
        '-20%',
        '--slo',
        '2s',
        '--json',
      ]),
    ).toBe(0);
    const plan = JSON.parse(printed.out) as { change: object; asked: { used: number; verdict: string } };
    expect(plan.change).toMatchObject({ capacity: 2, cpuPerRequest: 0.8 });
    expect(plan.asked.used).toBeCloseTo(0.48, 6);
    expect(plan.asked.verdict).toBe('holds');
  });

  it('autoscale: replays, chooses, and writes what brings it about', async () => {
    const path = file('load.csv', load());
    const to = join(folder, 'auto');
    expect(
      await main([
        'capacity',
        'autoscale',
        path,
        '--service-time',
        '50ms',
        '--cores',
        '2',
        '--name',
        'orders',
        '--out',
        to,
      ]),
    ).toBe(0);
    expect(printed.out).toMatch(/HPA, default \(CPU 80 %\)/);
    expect(readdirSync(to).sort()).toEqual(
      expect.arrayContaining(['pdb.yaml', 'replay.svg', 'report.html', 'resources-patch.yaml', 'vpa.yaml']),
    );
    expect(readFileSync(join(to, 'pdb.yaml'), 'utf8')).toMatch(/name: orders/);
  });

  it('cost: sums a bill, and says what is missing for the cost of a request', async () => {
    const bill = file('focus.csv', 'EffectiveCost,BillingCurrency,ServiceName\n90,USD,EC2\n10,USD,RDS\n');
    expect(await main(['capacity', 'cost', bill])).toBe(0);
    expect(printed.out).toMatch(/^100 USD by FOCUS: EC2 takes 90 %/);
    expect(printed.out).toMatch(/Cost a request: untested/);
  });

  it('event: writes a load plan that the generator takes', async () => {
    const to = join(folder, 'event');
    expect(
      await main(['capacity', 'event', '--at', '2026-11-27T18:00Z', '--rate', '8000', '--out', to]),
    ).toBe(0);
    expect(parsePlan(readFileSync(join(to, 'load-plan.yaml'), 'utf8'))).toHaveProperty('plan');
    expect(readFileSync(join(to, 'event.md'), 'utf8')).toMatch(/2026-11-27 18:00/);
  });

  it.each([
    [['fit'], /There are no steps to fit/],
    [['fit', '/nowhere.csv'], /no file|no such file/],
    [['fit', file('one.csv', 'rate,p99\n10,5\n20,6\n')], /2 steps do not show how far it goes/],
    [['plan'], /No load is known to plan for/],
    [['plan', '--now', 'rat=3'], /rat=3 is no value for --now/],
    [['plan', '--rate', '8000', '--instances', '12'], /--now instances=8/],
    [
      [
        'autoscale',
        file('short.csv', 'minute,requests\n2026-01-05 00:00:00,5\n2026-01-05 00:01:00,5\n'),
        '--service-time',
        '5ms',
      ],
      /too few are left to replay/,
    ],
    [['autoscale', file('slow.csv', load()), '--service-time', '400ms'], /Even without waiting/],
    [['cost', file('x.json', '{')], /no JSON/],
    [['event', '--at', 'Friday'], /Friday is no value for --at/],
  ])('%j is refused with what to do', async (args, message) => {
    expect(await main(['capacity', ...args])).toBe(2);
    expect(printed.err).toMatch(message);
    expect(printed.err).toMatch(/to do:/);
  });
});
