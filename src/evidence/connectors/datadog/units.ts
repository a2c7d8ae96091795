import { arrayOf, isObject } from '../../readers/sample.js';

/** What to multiply values with, and the unit they then have. */
export interface Scale {
  factor: number;
  unit: string;
}

/**
 * The unit of a series as Datadog tells it: `[{family, name, scale_factor}, per]`. Times become seconds whatever they are
 * stored in (`microsecond` has 1e-6), sizes bytes; a unit that is divided by another keeps its name.
 */
export function scaleOf(unit: unknown): Scale {
  const [of, per] = arrayOf(unit);
  if (!isObject(of)) return { factor: 1, unit: '' };
  const factor = typeof of.scale_factor === 'number' && of.scale_factor > 0 ? of.scale_factor : 1;
  if (isObject(per)) return { factor: 1, unit: `${String(of.name)}/${String(per.name)}` };
  switch (of.family) {
    case 'time':
      return { factor, unit: 's' };
    case 'bytes':
      return { factor, unit: 'By' };
    case 'percentage':
      return { factor: 1, unit: '%' };
    default:
      return { factor: 1, unit: String(of.short_name ?? of.name ?? '') };
  }
}
