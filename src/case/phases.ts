import type { InputKey, Phase } from '../domain/index.js';
import { phraseTree } from './lexicon.js';

/** Words that say when a number holds. */
export const PHASE_TREE = phraseTree<Phase | 'before' | 'now'>([
  [
    'ordinary day|ordinary days|quiet day|calm day|steady|steady state|at steady state|sustained|off peak|offpeak|quiet hours|average day|normal day|usual day|weekday|on a normal day|on average|day to day|everyday|baseline load|otherwise|rest of the day|typical day|at rest|idle|outside sales|outside peak|at night',
    'steady',
  ],
  [
    'peak|at peak|peaks|peaks at|peaking|peak hour|peak hours|at peaks|rush hour|busiest hour|spikes to|spiking to|bursts to|bursts|bursts of|evening peak|busy hour|on sale|during sales|spitze|in der spitze|spike|burst|max load|prime time',
    'peak',
  ],
  [
    'before|früher|vorher|previously|prior|formerly|used to be|was|were|normally|normal|usually|usual|healthy|baseline|a month ago|last month|last quarter|a year ago|a week ago|last year|pre release|before the release|before the deploy|historically|in the past|originally|earlier|until recently|a quarter ago|before that',
    'before',
  ],
  ['now|currently|today|at present|nowadays|at the moment|these days|as of today|right now', 'now'],
  [
    'target|targets|goal|goals|slo|slos|sla|must|should|need|needs|needed|required|require|requirement|want|wants|aim|aiming|objective|budget is',
    'target',
  ],
  [
    'expected|expect|expects|expecting|forecast|forecasts|forecasted|planned|plan for|projected|projection|anticipate|anticipated|anticipates|upcoming|will be|will|going to|next sale|black friday|predicted|estimated peak|launch day|on sale day|event day',
    'planned',
  ],
]);

/** The phase of a number nobody tied to one, by the input it stands in. */
export function phaseOfInput(input: InputKey): Phase {
  switch (input) {
    case 'target_metrics':
      return 'target';
    case 'performance_issues':
      return 'incident';
    default:
      return 'any';
  }
}
