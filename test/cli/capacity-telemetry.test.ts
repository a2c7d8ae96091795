import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { main } from '../../src/cli/main.js';
import { printedInEachTest } from './printed.js';

const recording = fileURLToPath(new URL('../fixtures/lab/baseline-1', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'capacity-telemetry-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const printed = printedInEachTest();

interface Station {
  name: string;
  visits?: number;
  demandMs: number;
  busy: number;
  fullAt: number;
}

/** A recording of the lab under 150 requests a second: traces, metrics, and not a number typed. */
describe('capacity of a recorded system', () => {
  it('fit: says what limits, what a request asks of each part, and that no other load was recorded', async () => {
    expect(await main(['capacity', 'fit', recording, '--at', '200', '--json'])).toBe(0);
    const { network, rows } = JSON.parse(printed.out) as {
      network: { rate: number; meanMs: number; stations: Station[]; delays: { name: string }[] };
      rows: { throughput: number }[];
    };
    const loop = network.stations.find((s) => s.name === 'event loop of checkout-api');
    const tax = network.stations.find((s) => s.name === 'event loop of tax-service');
    expect(Math.abs(network.rate / 150 - 1)).toBeLessThan(0.05);
    // The utilisation law: work × rate is the busy share of one loop.
    expect(((loop?.demandMs ?? 0) * network.rate) / 1000).toBeCloseTo(loop?.busy ?? 0, 6);
    expect((loop?.fullAt ?? 0) / network.rate).toBeCloseTo(1 / (loop?.busy ?? 1), 6);
    // Checkouts, a fifth of the requests, each ask for a quote.
    expect(tax?.visits).toBeGreaterThan(0.15);
    expect(tax?.visits).toBeLessThan(0.25);
    expect(network.delays.map((d) => d.name)).toEqual(['PostgreSQL', 'Redis']);
    // No population brings more through than the loop can carry.
    expect(Math.max(...rows.map((r) => r.throughput))).toBeLessThanOrEqual((loop?.fullAt ?? 0) * 1.000001);
  });

  it('plan: answers for a load from the recording alone', async () => {
    expect(await main(['capacity', 'plan', recording, '--rate', '200', '--slo', '100ms'])).toBe(0);
    expect(printed.out).toMatch(
      /^200\/s at p99 under 100 ms: cannot tell on today’s capacity: the event loop of checkout-api would be/,
    );
    expect(printed.out).toMatch(/What a request asks of each part, at 15\d\/s/);
    expect(printed.out).toMatch(/pool .*novapay/);
    expect(printed.out).toMatch(/the one instance lost/);
    printed.out = '';
    expect(await main(['capacity', 'plan', recording, '--rate', '400', '--slo', '100ms'])).toBe(0);
    expect(printed.out).toMatch(/^400\/s at p99 under 100 ms: no, not on today’s capacity/);
  });

  it('fit: refuses a folder without telemetry, and telemetry together with a store', async () => {
    expect(await main(['capacity', 'fit', folder])).toBe(2);
    expect(printed.err).toMatch(/tells no rate together with a busy share/);
    expect(await main(['capacity', 'fit', recording, '--store', folder])).toBe(2);
    expect(printed.err).toMatch(/nothing is written into a store from here/);
  });
});
