import { createHash } from 'node:crypto';
import { systemClock } from './clock.js';
import type { Answer } from './http.js';

/** Readings of a system without HTTP, as an answer: with the time and the hash that go into the evidence. */
export function readingsAnswer(readings: unknown): Answer {
  const bytes = Buffer.from(JSON.stringify(readings));
  return {
    status: 200,
    headers: new Headers(),
    bytes,
    at: new Date(systemClock.nowMs()).toISOString(),
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

/** Seconds to watch: of an option, or ten; at most ten minutes. */
export function watchSeconds(text: string | undefined): number {
  const given = Number(text);
  return text !== undefined && Number.isInteger(given) && given > 0 && given <= 600 ? given : 10;
}

/** An address with the user and the password that the environment or the keyring give. */
export function withCredential(
  address: string,
  credential: { user?: string; password?: string } | undefined,
): string {
  const url = new URL(address);
  if (credential?.user !== undefined) url.username = encodeURIComponent(credential.user);
  if (credential?.password !== undefined) url.password = encodeURIComponent(credential.password);
  return url.toString();
}
