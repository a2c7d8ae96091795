import { afterEach, beforeEach, vi } from 'vitest';

/** What the command prints in each test of a file: `out` and `err`, empty at its start. */
export function printedInEachTest(): { out: string; err: string } {
  const printed = { out: '', err: '' };
  beforeEach(() => {
    [printed.out, printed.err] = ['', ''];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed.out += String(text);
      return true;
    });
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      printed.err += String(text);
      return true;
    });
  });
  afterEach(() => vi.restoreAllMocks());
  return printed;
}
