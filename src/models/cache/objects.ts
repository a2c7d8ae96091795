/** A trace with its keys replaced by numbers in the order of their first request. */
export interface NumberedTrace {
  requests: Int32Array;
  objects: number;
}

/** Numbers the keys of a trace. */
export function numberObjects(keys: readonly string[]): NumberedTrace {
  const numbers = new Map<string, number>();
  const requests = new Int32Array(keys.length);
  keys.forEach((key, i) => {
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
    }
    requests[i] = number;
  });
  return { requests, objects: numbers.size };
}
