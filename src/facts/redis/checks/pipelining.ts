import { perSecond, type RedisCheck } from '../finding.js';

/** Below this many commands for each read of the network, and above this rate, round trips are what costs. */
const COMMANDS_PER_READ = 1.1;
const BUSY_PER_SECOND = 20_000;

/** A busy server that gets every command by itself spends most of its time on the network. */
export const pipelining: RedisCheck = (s) => {
  const [commands, reads] = [perSecond(s, 'total_commands_processed'), perSecond(s, 'total_reads_processed')];
  if (!(commands >= BUSY_PER_SECOND) || !(reads > 0) || commands / reads >= COMMANDS_PER_READ) return [];
  return [
    {
      id: 'no-pipelining',
      says: `${commands.toPrecision(3)} commands a second arrive one for each network read (${(commands / reads).toPrecision(3)}).`,
      todo: 'Send look-ups of one request together: MGET, or a pipeline.',
      numbers: { commandsPerSecond: commands, commandsPerRead: commands / reads },
    },
  ];
};
