import type { LiveView } from '../../facts/live/view.js';
import { helperProcess } from '../helper-process.js';
import type { Seen } from './child.js';

/** A look that takes longer is given up: the next one is due. */
const LOOK_MS = 30_000;

/** What the spans of some segments show, read in a process of its own; nothing when there are none or it took too long. */
export function lookAt(paths: readonly string[]): Promise<LiveView | undefined> {
  if (paths.length === 0) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    const child = helperProcess(import.meta.url, 'child', paths);
    let view: LiveView | undefined;
    const late = setTimeout(() => child.kill('SIGKILL'), LOOK_MS);
    child.on('message', (seen: Seen) => {
      view = seen.view ?? undefined;
    });
    child.once('exit', () => {
      clearTimeout(late);
      resolve(view);
    });
    child.once('error', () => resolve(undefined));
  });
}
