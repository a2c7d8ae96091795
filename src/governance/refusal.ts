/** Something that governance does not accept: what, where, and what to do about it. */
export class Refusal extends Error {
  constructor(
    readonly what: string,
    readonly where: string,
    readonly todo: string,
    /** Bad input, or an answer of no: the policy, an approval or a check said so. */
    readonly kind: 'bad-input' | 'denied' = 'bad-input',
  ) {
    super(`${what} (${where}). ${todo}`);
  }
}
