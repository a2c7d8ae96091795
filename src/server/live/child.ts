import { collect } from '../../evidence/collect.js';
import { keepEverything } from '../../evidence/redact/index.js';
import { openStore } from '../../evidence/store/index.js';
import { type LiveView, liveView } from '../../facts/live/view.js';

/** What the server gets back: the view, or nothing where no spans are. */
export interface Seen {
  view: LiveView | null;
}

/** Reads segments into a store of its own, tells what they show, and ends. They were redacted when they were received. */
async function main(paths: readonly string[]): Promise<void> {
  const store = await openStore({});
  try {
    await collect(
      paths.map((path) => ({ path, role: 'unspecified' as const })),
      store,
      { redact: false, redactor: keepEverything },
    );
    const seen: Seen = { view: (await liveView(store)) ?? null };
    await new Promise<void>((resolve, reject) => {
      process.send?.(seen, (error: Error | null) => (error ? reject(error) : resolve()));
    });
  } finally {
    await store.close();
  }
  process.exit(0);
}

await main(process.argv.slice(2));
