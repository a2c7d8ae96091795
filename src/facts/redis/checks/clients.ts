import { number, perSecond, type RedisCheck, type RedisFinding } from '../finding.js';

/** A new connection for every so many commands is one per request, not a pool. */
const COMMANDS_PER_CONNECTION = 20;
const FEWEST_PER_SECOND = 10;
const NEAR_LIMIT = 0.8;

export const clients: RedisCheck = (s) => {
  const found: RedisFinding[] = [];
  const connections = perSecond(s, 'total_connections_received');
  const commands = perSecond(s, 'total_commands_processed');
  if (connections >= FEWEST_PER_SECOND && commands / connections < COMMANDS_PER_CONNECTION)
    found.push({
      id: 'connection-churn',
      says: `${connections.toPrecision(3)} connections a second are opened for ${commands.toPrecision(3)} commands: ${(commands / connections).toPrecision(2)} for each.`,
      todo: 'Keep connections open: one client object for the process, not one for each request.',
      numbers: { connectionsPerSecond: connections, commandsPerConnection: commands / connections },
    });
  const [open, limit] = [number(s, 'connected_clients'), number(s, 'maxclients')];
  if (limit > 0 && open >= NEAR_LIMIT * limit)
    found.push({
      id: 'connection-limit',
      says: `${open} of ${limit} allowed clients are connected; beyond it connections are refused.`,
      todo: 'Share connections in each process, close idle ones (timeout), and count processes × connections before raising maxclients.',
      numbers: { open, limit },
    });
  return found;
};
