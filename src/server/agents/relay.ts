import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  isJSONRPCNotification,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type RequestId,
} from '@modelcontextprotocol/sdk/types.js';

/**
 * Hands every message of one side to the other. Progress goes out on the stream of the request that asked for it, which
 * its token tells. `gone` is called when either side ends.
 */
export async function relay(outside: Transport, inside: Transport, gone: () => void): Promise<void> {
  const askedBy = new Map<string | number, RequestId>();
  outside.onmessage = (message: JSONRPCMessage) => {
    const token = isJSONRPCRequest(message) ? message.params?._meta?.progressToken : undefined;
    if (token !== undefined && isJSONRPCRequest(message)) askedBy.set(token, message.id);
    inside.send(message).catch(gone);
  };
  inside.onmessage = (message: JSONRPCMessage) => {
    const related = relatedTo(message, askedBy);
    if ('id' in message && !('method' in message))
      for (const [token, id] of askedBy) if (id === message.id) askedBy.delete(token);
    outside
      .send(message, related === undefined ? {} : { relatedRequestId: related })
      // A client that has gone is no reason to stop: it may ask again.
      .catch(() => undefined);
  };
  inside.onclose = gone;
  outside.onclose = gone;
  await inside.start();
  await outside.start();
}

function relatedTo(
  message: JSONRPCMessage,
  askedBy: ReadonlyMap<string | number, RequestId>,
): RequestId | undefined {
  if (!isJSONRPCNotification(message) || message.method !== 'notifications/progress') return undefined;
  const token = message.params?.progressToken;
  return typeof token === 'string' || typeof token === 'number' ? askedBy.get(token) : undefined;
}
