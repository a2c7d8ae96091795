const INFINITE: Readonly<Record<string, number>> = {
  '+Inf': Number.POSITIVE_INFINITY,
  Inf: Number.POSITIVE_INFINITY,
  '-Inf': Number.NEGATIVE_INFINITY,
};
/** A value as answers have it: numbers are text, because JSON has no NaN and no infinity. */
export const numberOf = (text: string): number => INFINITE[text] ?? Number(text);
