import { describe, expect, it } from 'vitest';
import { say } from '../../src/domain/index.js';
import { renderTerminal } from '../../src/report/terminal.js';
import { bare, sample, statedOnly } from '../fixtures/report/sample.js';

const options = { report: 'kneepoint-report/report.html', color: false };

describe('the report in a terminal', () => {
  it.each([
    ['sample', sample],
    ['stated', statedOnly],
    ['bare', bare],
  ])('has at most 40 lines of at most 80 columns: %s', (_, result) => {
    const lines = renderTerminal(result, options).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[lines.length - 1]).toBe('Report: kneepoint-report/report.html');
  });

  it('keeps the order: verdict, budget, first changes, hypotheses', () => {
    const text = renderTerminal(sample, options);
    const at = ['cause found', 'Unexplained', 'Do first', 'Hypotheses', 'Settle first', 'Report:'].map((w) =>
      text.indexOf(w),
    );
    expect(at).not.toContain(-1);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
  });

  it('stays within its lines when there is too much to say', () => {
    const long = { ...sample, verdict: { ...sample.verdict, text: say`${'many words '.repeat(400)}` } };
    expect(renderTerminal(long, options).trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  });

  it('is plain without colour, and never passes on control characters', () => {
    const evil = {
      ...sample,
      case: { ...sample.case, appName: 'shop\u001b]0;owned\u0007\u001b[2J\rx' },
      problems: [{ severity: 'error' as const, what: '\u001b[31mred', where: 'a\nb', todo: '\u009b1mc' }],
    };
    const text = renderTerminal(evil, options);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must be gone
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(renderTerminal(sample, { ...options, color: true })).toContain('\u001b[1m');
  });
});
