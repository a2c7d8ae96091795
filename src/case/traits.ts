import type { Case } from '../domain/index.js';
import { type Frame, placeOf } from './frame.js';
import { matchPhrases, phraseTree } from './lexicon.js';

const TREE = phraseTree<string>([
  [
    'bursty|bursts|burst|spiky|spikes|spike|spiking|peaky|flash sale|flash sales|surges|surge|thundering|sudden|ramp|sharp peaks|bursts of',
    'bursty',
  ],
  [
    'seasonal|seasonality|season|weekly|weekends|monthly|month end|quarter end|year end|evening peak|daily peak|every day|every monday|monday|mondays|friday|fridays|nightly peak|diurnal|business hours|office hours|holidays|christmas|summer|lunch|rush hour|morning|evenings|day night',
    'seasonal',
  ],
  ['batch|batches|nightly|etl|bulk|imports|import|cron|scheduled|month end run|backfill|jobs', 'batch'],
  ['realtime|real time|live|streaming|stream|websocket|websockets|interactive|low latency|push', 'realtime'],
  [
    'skewed|skew|hot keys|hot key|zipf|zipfian|long tail|power law|hot partition|top|whale|whales|hotspot|uneven|hot products|same',
    'skewed',
  ],
  [
    'flash sale|flash sales|sale|sales event|on sale|black friday|cyber monday|launch|campaign|newsletter|event|events|drop|drops|product drop|kick off|match day|super bowl|promotion|promotions|tv spot|payday|ticket sale',
    'event',
  ],
  ['multi tenant|multitenant|tenants|tenant|per customer|shared cluster|b2b', 'multi-tenant'],
  [
    'growing|growth|grows|grew|year over year|yoy|doubling|month over month|doubles every|increasing',
    'growing',
  ],
]);

/** Traits of the load in a word, each once a case input. */
export function traitsOf(frame: Frame): Case['traits'] {
  if (frame.input !== 'workload' && frame.input !== 'performance_issues') return [];
  const seen = new Set<string>();
  return matchPhrases(frame.words, TREE).flatMap((m) => {
    if (
      seen.has(m.value) ||
      (frame.input === 'performance_issues' && !/^(?:event|bursty|multi-tenant)$/.test(m.value))
    )
      return [];
    seen.add(m.value);
    return [{ trait: m.value, place: placeOf(frame, m.from, m.to) }];
  });
}
