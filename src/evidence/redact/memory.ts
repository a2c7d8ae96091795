/** What became of a text. */
export interface Outcome {
  text: string;
  kinds: readonly string[];
}

/** Remembers texts while they repeat, and stops to while they do not: lines of a log with their times never do. */
export interface Memory {
  get(text: string): Outcome | undefined;
  set(text: string, outcome: Outcome): void;
}

const MAX_TEXTS = 20_000;
const MAX_LENGTH = 512;
/** After so many questions with fewer answers than one in sixteen, it rests for eight times as many. */
const ROUND = 1024;
const WORTH = ROUND / 16;
const REST = ROUND * 8;

export function createMemory(): Memory {
  const texts = new Map<string, Outcome>();
  let asked = 0;
  let known = 0;
  let rest = 0;
  return {
    get(text) {
      if (text.length > MAX_LENGTH) return undefined;
      if (rest > 0) {
        rest--;
        return undefined;
      }
      const outcome = texts.get(text);
      if (outcome) known++;
      if (++asked === ROUND) {
        if (known < WORTH) {
          rest = REST;
          texts.clear();
        }
        asked = known = 0;
      }
      return outcome;
    },
    set(text, outcome) {
      if (rest > 0 || text.length > MAX_LENGTH) return;
      if (texts.size >= MAX_TEXTS) texts.clear();
      texts.set(text, outcome);
    },
  };
}
