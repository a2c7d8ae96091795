import { scrypt, scryptSync } from 'node:crypto';
import { promisify } from 'node:util';
import type { Settings } from '../../settings.js';

const derive = promisify(scrypt) as (
  secret: string,
  salt: string,
  length: number,
  options: object,
) => Promise<Buffer>;
/** About 16 ms of a processor: a key strong enough to be kept with the receipt. */
const COST = { N: 4096, r: 12, p: 1 };

/** Signs a receipt with a key derived from it: on the event loop, or in the thread pool. */
export async function signReceipt(receipt: string, how: Settings['receiptSignature']): Promise<string> {
  if (how === 'none') return '';
  const key =
    how === 'on-the-loop'
      ? scryptSync(receipt, 'novapay', 32, COST)
      : await derive(receipt, 'novapay', 32, COST);
  return key.toString('base64url');
}
