/**
 * Customers nobody is: names joined at random, mail domains and telephone numbers kept for examples (RFC 2606,
 * North American numbers 555-0100 to 555-0199), card numbers the payment networks publish for tests.
 */
const FIRST = [
  'Ana',
  'Bilal',
  'Chloe',
  'Dmitri',
  'Esra',
  'Femi',
  'Grace',
  'Hiro',
  'Ines',
  'Jonas',
  'Kavya',
  'Lars',
];
const LAST = [
  'Okafor',
  'Silva',
  'Novak',
  'Tanaka',
  'Haddad',
  'Berg',
  'Rossi',
  'Iyer',
  'Moreau',
  'Keller',
  'Quinn',
];
const DOMAINS = ['example.com', 'example.org', 'example.net'];
const TEST_CARDS = [
  '4111111111111111',
  '4242424242424242',
  '4012888888881881',
  '5555555555554444',
  '5105105105105100',
  '378282246310005',
  '6011111111111117',
];

export type Person = { name: string; email: string; phone: string; card: string };

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length] as T;

/** The customer of a number, the same each time. */
export function person(id: number): Person {
  const first = pick(FIRST, id);
  const last = pick(LAST, Math.floor(id / FIRST.length));
  return {
    name: `${first} ${last}`,
    email: `${first}.${last}.${id}@${pick(DOMAINS, id)}`.toLowerCase(),
    phone: `+1-${202 + (id % 7)}-555-01${String(id % 100).padStart(2, '0')}`,
    card: pick(TEST_CARDS, id),
  };
}
