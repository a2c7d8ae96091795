import { type Context, constant, type Fact, stated } from '../../domain/index.js';
import { type CalendarUnit, type Period, periodSeconds } from '../../models/slo/period.js';

export const SOURCE = 'Beyer et al., The Site Reliability Workbook, 2018, chapter 5, table 5-8';
const USUAL = constant('slo.period', 30 * 86_400, 's', SOURCE);

/** The time that promises are counted over, and its length as a fact. */
export interface CountedOver {
  period: Period;
  lengthS: Fact;
}

const ROLLING =
  /\b(?:over|within|in|per|any|each|every|rolling|trailing|last)\s+(?:a\s+|any\s+|the\s+last\s+)?(?:rolling\s+|trailing\s+)?(\d{1,3})[\s-]?(?:d\b|days?\b)/i;
const CALENDAR =
  /\b(?:(?:per|each|every|a|any)\s+(?:calendar\s+)?|calendar\s+)(month|quarter|week|year)\b|\b(monthly|quarterly|weekly|yearly|annual)\b/i;
const UNITS: Readonly<Record<string, CalendarUnit>> = {
  monthly: 'month',
  quarterly: 'quarter',
  weekly: 'week',
  yearly: 'year',
  annual: 'year',
};

/** As the targets say it: days that roll, or a part of the calendar (in UTC); else thirty days that roll. */
export function countedOver(context: Context): CountedOver {
  const text = context.case.inputs.target_metrics ?? '';
  const rolling = ROLLING.exec(text);
  const days = Number(rolling?.[1] ?? 0);
  if (rolling && days >= 1 && days <= 366)
    return said(context, { kind: 'rolling', seconds: days * 86_400 }, rolling);
  const calendar = CALENDAR.exec(text);
  const word = (calendar?.[1] ?? calendar?.[2] ?? '').toLowerCase();
  if (calendar)
    return said(
      context,
      { kind: 'calendar', unit: UNITS[word] ?? (word as CalendarUnit), offsetMinutes: 0 },
      calendar,
    );
  return { period: { kind: 'rolling', seconds: USUAL.value }, lengthS: USUAL };
}

const said = (context: Context, period: Period, at: RegExpExecArray): CountedOver => ({
  period,
  lengthS: stated(
    {
      name: 'slo.period',
      subject: context.app,
      value: periodSeconds(period),
      unit: 's',
      phase: 'target',
    },
    {
      kind: 'input',
      input: 'target_metrics',
      start: at.index,
      end: at.index + at[0].length,
      text: at[0],
    },
  ),
});
