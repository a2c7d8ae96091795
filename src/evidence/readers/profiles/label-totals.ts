/** Adds weight up by label, and forgets labels with too many values: an id of a span says nothing in sum. */
export interface LabelTotals {
  add(key: number, value: number, weight: number): void;
  /** All weight under a key, however many values it has. */
  eachKey(take: (key: number, weight: number) => void): void;
  each(take: (key: number, value: number, weight: number) => void): void;
}

const MAX_VALUES = 500;

export function createLabelTotals(): LabelTotals {
  const byKey = new Map<number, Map<number, number> | 'many'>();
  const whole = new Map<number, number>();
  return {
    add(key, value, weight) {
      whole.set(key, (whole.get(key) ?? 0) + weight);
      let values = byKey.get(key);
      if (values === 'many') return;
      if (values === undefined) {
        values = new Map();
        byKey.set(key, values);
      }
      values.set(value, (values.get(value) ?? 0) + weight);
      if (values.size > MAX_VALUES) byKey.set(key, 'many');
    },
    eachKey(take) {
      for (const [key, weight] of whole) take(key, weight);
    },
    each(take) {
      for (const [key, values] of byKey)
        if (values !== 'many') for (const [value, weight] of values) take(key, value, weight);
    },
  };
}
