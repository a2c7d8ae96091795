import { stringify } from 'yaml';
import { parsePromql } from '../../evidence/readers/promql/parse.js';
import { readRuleFile } from '../../experiments/rules/rule-file.js';
import { backtest } from '../../experiments/slo/backtest.js';
import type { History } from '../../experiments/slo/history.js';

/** A signal that nobody promised anything of: watched by its own past. */
export interface Watched {
  /** Letters, digits and underscores. */
  name: string;
  query: string;
  season: 'day' | 'week';
}

/** How many seasons back the centre is taken from: a median of four forgets one that was bad. */
const SEASONS = 4;
const SEASON_MS = { day: 86_400_000, week: 604_800_000 } as const;
const OFFSETS = { day: ['1d', '2d', '3d', '4d'], week: ['1w', '2w', '3w', '4w'] } as const;
/** MAD of normal data times this is a standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** A flat past makes no wiggle an anomaly: the spread is at least this share of the centre. */
const FLOOR_SHARE = 0.02;
/** Long enough that the median of a wiggle is near nothing. */
const DRIFT_OVER = '6h';
const WIDTHS = [3, 4, 5, 6, 8, 10, 15] as const;
const EVERY_MS = 300_000;
const MOST_PER_WEEK = 1;

/**
 * Rules of a seasonal band and of a step: the centre is the median of the same time of the last seasons, the spread the median distance
 * from it over the last day; outside of `width` spreads for a quarter of an hour is an anomaly, and so is a median of hours
 * that is off by half of that. A series that was there a season ago and is gone is one too.
 */
export function anomalyRules(w: Watched, width: number): string {
  const labels = { signal: w.name };
  const s = `{signal="${w.name}"}`;
  const value = `anomaly:value${s}`;
  const past = OFFSETS[w.season]
    .map((o, i) => `label_replace(${value} offset ${o}, "season", "${i + 1}", "", "")`)
    .join(' or ');
  const severity = 'ticket';
  return stringify(
    {
      groups: [
        {
          name: `anomaly-${w.name}`,
          interval: '5m',
          rules: [
            { record: 'anomaly:value', expr: w.query, labels },
            { record: 'anomaly:centre', expr: `quantile without (season) (0.5, ${past})`, labels },
            { record: 'anomaly:off', expr: `${value} - anomaly:centre${s}`, labels },
            { record: 'anomaly:distance', expr: `abs(anomaly:off${s})`, labels },
            {
              record: 'anomaly:drift',
              expr: `abs(quantile_over_time(0.5, anomaly:off${s}[${DRIFT_OVER}]))`,
              labels,
            },
            {
              record: 'anomaly:spread',
              expr: `${MAD_TO_SIGMA} * quantile_over_time(0.5, anomaly:distance${s}[1d])`,
              labels,
            },
            {
              alert: `Anomaly_${w.name}`,
              expr: `anomaly:distance${s} > ${width} * anomaly:spread${s} and anomaly:distance${s} > ${width} * ${FLOOR_SHARE} * abs(anomaly:centre${s})`,
              for: '15m',
              labels: { ...labels, severity },
              annotations: {
                summary: `${w.name} is outside of what this time of the ${w.season} usually is`,
                description: `More than ${width} spreads from the median of the last ${SEASONS} seasons.`,
                runbook_url: `runbook.md#anomaly_${w.name.toLowerCase()}`,
              },
            },
            {
              // Half the width, but for hours: a step that the band lets pass.
              alert: `Shift_${w.name}`,
              expr: `anomaly:drift${s} > ${width / 2} * anomaly:spread${s} and anomaly:drift${s} > ${width / 2} * ${FLOOR_SHARE} * abs(anomaly:centre${s})`,
              for: '30m',
              labels: { ...labels, severity },
              annotations: {
                summary: `${w.name} has moved: for hours it stands beside what this time of the ${w.season} usually is`,
                description: `The median of ${DRIFT_OVER} is more than ${width / 2} spreads off the median of the last ${SEASONS} seasons.`,
                runbook_url: `runbook.md#anomaly_${w.name.toLowerCase()}`,
              },
            },
            {
              alert: `Absent_${w.name}`,
              expr: `${value} offset ${OFFSETS[w.season][0]} unless ${value}`,
              for: '15m',
              labels: { ...labels, severity },
              annotations: {
                summary: `${w.name} is gone; a ${w.season} ago it was there`,
                runbook_url: `runbook.md#anomaly_${w.name.toLowerCase()}`,
              },
            },
          ],
        },
      ],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

/** A width with the alarms that it would have raised. */
export interface MeasuredWidth {
  width: number;
  alarms: number;
  perWeek: number;
}

/**
 * Replays the band over a history for several widths; the chosen one is the narrowest with at most an alarm a week.
 * Weeks are counted from when the band has its seasons. `undefined` when the history is no longer than that.
 */
export function measureBand(
  w: Watched,
  read: () => History,
): { widths: MeasuredWidth[]; chosen: MeasuredWidth | undefined; weeks: number } | undefined {
  parsePromql(w.query);
  const { startMs, endMs } = read();
  // The first band stands on one season, and its spread on a day of distances.
  const weeks = (endMs - startMs - SEASON_MS[w.season] - SEASON_MS.day) / SEASON_MS.week;
  if (weeks <= 0) return undefined;
  const widths: MeasuredWidth[] = [];
  for (const width of WIDTHS) {
    const { firings } = backtest(readRuleFile(anomalyRules(w, width)), read(), [], EVERY_MS);
    widths.push({ width, alarms: firings.length, perWeek: firings.length / weeks });
    if (firings.length / weeks <= MOST_PER_WEEK) break;
  }
  return { widths, chosen: widths.find((x) => x.perWeek <= MOST_PER_WEEK), weeks };
}
