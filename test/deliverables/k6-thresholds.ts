import { type K6Options, summaryNotes, thresholdFaults } from '../../src/experiments/load/k6-thresholds.js';

/** Thresholds of a script that k6 would not take; the options are evaluated as k6 does, without its modules. */
export function wrongThresholds(script: string): string[] {
  const head = script.slice(0, script.indexOf('\n/** ', script.indexOf('export const options')));
  const body = head.replace(/^import .*$/gm, '').replace('export const options', 'const options');
  return wrongIn(new Function('__ENV', `${body}\nreturn options;`)({}) as K6Options);
}

/** The same of options that were evaluated already. */
export function wrongIn(options: K6Options): string[] {
  const asked = Object.values(options.thresholds ?? {})
    .flat()
    .flatMap((t) => /p\([\d.]+\)/.exec(typeof t === 'string' ? t : t.threshold)?.[0] ?? []);
  return [
    ...thresholdFaults(options).map((f) => `${f.metric} ${f.expression ?? ''}: ${f.what}`),
    ...summaryNotes(options),
    ...asked
      .filter((p) => !options.summaryTrendStats?.includes(p))
      .map((p) => `${p} is judged and not in the summary`),
  ];
}
