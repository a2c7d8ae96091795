/** A list of numbers that grows, without an object for each. */
export interface Growing<A extends Int32Array | Float64Array> {
  push(value: number): void;
  readonly length: number;
  /** What was pushed; valid until the next push. */
  view(): A;
}

const growing = <A extends Int32Array | Float64Array>(make: (size: number) => A): Growing<A> => {
  let array = make(1024);
  let length = 0;
  return {
    push(value) {
      if (length === array.length) {
        const bigger = make(array.length * 2);
        bigger.set(array);
        array = bigger;
      }
      array[length++] = value;
    },
    get length() {
      return length;
    },
    view: () => array.subarray(0, length) as A,
  };
};

export const growingInts = (): Growing<Int32Array> => growing((size) => new Int32Array(size));
export const growingNumbers = (): Growing<Float64Array> => growing((size) => new Float64Array(size));
