/** Why a request is not done, for the answer. */
export class Denied extends Error {
  constructor(
    readonly status: number,
    readonly words: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(words);
  }
}
