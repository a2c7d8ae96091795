import type { RedisSnapshot } from '../../evidence/connectors/redis/snapshot.js';
import { bigKeys } from './checks/big-keys.js';
import { clients } from './checks/clients.js';
import { evictions } from './checks/evictions.js';
import { expiryStorm } from './checks/expiry-storm.js';
import { hotKeys } from './checks/hot-keys.js';
import { latencySpikes } from './checks/latency-spikes.js';
import { memory } from './checks/memory.js';
import { pipelining } from './checks/pipelining.js';
import { slowCalls } from './checks/slow-calls.js';
import { slowCommands } from './checks/slow-commands.js';
import { stampede } from './checks/stampede.js';
import type { RedisCheck, RedisFinding } from './finding.js';

/** Every check, in the order in which a person would act on what it finds. */
export const REDIS_CHECKS: readonly RedisCheck[] = [
  stampede,
  expiryStorm,
  hotKeys,
  slowCommands,
  slowCalls,
  latencySpikes,
  bigKeys,
  evictions,
  memory,
  clients,
  pipelining,
];

/** What is wrong with a server in the window that was watched; nothing for a healthy one. */
export const diagnoseRedis = (snapshot: RedisSnapshot): RedisFinding[] =>
  REDIS_CHECKS.flatMap((check) => check(snapshot));
