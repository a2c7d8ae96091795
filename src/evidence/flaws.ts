import type { Problem } from '../domain/index.js';

interface Wording {
  severity: Problem['severity'];
  what: (count: number) => string;
  todo: string;
}

/** What the odd things that readers count mean to the user. */
const WORDINGS: Readonly<Record<string, Wording>> = {
  'end-before-start': {
    severity: 'warning',
    what: (n) => `${n} spans end before they start. They were kept with a duration of 0.`,
    todo: 'Check the clocks of the hosts (NTP) and the units of the exporter.',
  },
  'no-span-id': {
    severity: 'warning',
    what: (n) => `${n} spans have no trace id or no span id. They were kept, but cannot be joined to others.`,
    todo: 'Check the exporter.',
  },
  'time-out-of-range': {
    severity: 'warning',
    what: (n) =>
      `${n} times are before 1970 or after 2262. They were moved to the nearest time that can be kept.`,
    todo: 'Check the clocks of the hosts and the units of the exporter.',
  },
  'no-time': {
    severity: 'note',
    what: (n) => `${n} records have no time. They were kept with time 0 (1970).`,
    todo: 'A single scrape of metrics has no times: export a range instead. Spans need their start.',
  },
  'time-as-number': {
    severity: 'note',
    what: (n) => `${n} nanosecond times were written as JSON numbers, which are exact only to 256 ns.`,
    todo: 'Nothing, unless spans shorter than a microsecond matter. OTLP JSON has times as strings.',
  },
  'time-unreadable': {
    severity: 'warning',
    what: (n) => `${n} times could not be read.`,
    todo: 'OTLP has nanoseconds since 1970. Check the exporter.',
  },
  'not-finite': {
    severity: 'warning',
    what: (n) => `${n} metric values are NaN, infinite or no number. They were left out.`,
    todo: 'Nothing, if the metric had no data then; else check what divides by zero.',
  },
  'change-without-time': {
    severity: 'warning',
    what: (n) => `${n} change events have no time that could be read. They were kept without one.`,
    todo: 'Add a time in ISO 8601 or as epoch seconds.',
  },
  'record-incomplete': {
    severity: 'warning',
    what: (n) =>
      `${n} records lack what the format requires (a time, a name or a value). They were left out.`,
    todo: 'Look at the first of them in the file.',
  },
  'parent-cycle': {
    severity: 'warning',
    what: (n) => `${n} spans are their own ancestors: their parents form a circle. They were kept.`,
    todo: 'Check how the exporter sets parent ids. Paths through these spans cannot be computed.',
  },
  'duplicate-span': {
    severity: 'warning',
    what: (n) => `${n} spans have the id of another span of the same trace. They were kept.`,
    todo: 'A batch may have been exported twice, or client and server share an id (Zipkin).',
  },
  'far-future': {
    severity: 'warning',
    what: (n) => `${n} spans start long after all others: in the future, as it looks. They were kept.`,
    todo: 'Check the clock of the host that sent them.',
  },
  'far-past': {
    severity: 'warning',
    what: (n) => `${n} spans start long before all others. They were kept.`,
    todo: 'Check the clock of the host that sent them.',
  },
};

/** The problem for a counted oddity of a file. */
export function flawProblem(kind: string, count: number, where: string): Problem {
  const wording = WORDINGS[kind];
  return wording
    ? { severity: wording.severity, what: wording.what(count), where, todo: wording.todo }
    : { severity: 'warning', what: `${count} records: ${kind}.`, where, todo: 'Look at them in the file.' };
}
