import type { Pattern } from '../../domain/index.js';
import { cacheMiss } from './cache-miss.js';
import { chatty } from './chatty.js';
import { connectionSetup } from './connection-setup.js';
import { fanOut } from './fan-out.js';
import { headOfLine } from './head-of-line.js';
import { largePayload } from './large-payload.js';
import type { PatternFinder, PatternLook } from './look.js';
import { maskedTimeout } from './masked-timeout.js';
import { nPlusOne } from './n-plus-one.js';
import { newCall } from './new-call.js';
import { poolWait } from './pool-wait.js';
import { repeatedCall } from './repeated-call.js';
import { retry } from './retry.js';
import { serialCalls } from './serial-calls.js';
import { slowStatement } from './slow-statement.js';
import { stampede } from './stampede.js';

const FINDERS: readonly PatternFinder[] = [
  nPlusOne,
  newCall,
  poolWait,
  cacheMiss,
  stampede,
  slowStatement,
  repeatedCall,
  serialCalls,
  fanOut,
  chatty,
  headOfLine,
  retry,
  connectionSetup,
  largePayload,
  maskedTimeout,
];

/** All patterns in the slow requests, the largest saving first. */
export const findPatterns = (look: PatternLook): Pattern[] =>
  FINDERS.flatMap((find) => find(look)).sort(
    (a, b) => b.saving.value - a.saving.value || (a.kind + a.subject.id < b.kind + b.subject.id ? -1 : 1),
  );
