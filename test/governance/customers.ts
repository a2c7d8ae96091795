import { person } from '../../lab/load/people.js';

const CUSTOMERS = 5_000;
const people = Array.from({ length: CUSTOMERS }, (_, i) => person(i));
const PLANTED = new Set(people.flatMap((p) => [p.email, p.phone, p.card]));
const LOOKS_LIKE_ONE = /[a-z]+\.[a-z]+\.\d+@example\.(?:com|org|net)|\+1-\d{3}-555-01\d\d|\b\d{15,16}\b/gi;

/** The values of the lab's customers in a text. */
export const leaks = (text: string): string[] => [
  ...new Set([...text.matchAll(LOOKS_LIKE_ONE)].map((m) => m[0]).filter((v) => PLANTED.has(v.toLowerCase()))),
];
