import { isIPv6 } from 'node:net';
import type { Cut, Rule } from './rule.js';
import { HAS } from './traits.js';

const LOCAL = /[A-Za-z0-9._%+-]/;
const DOMAIN = /[A-Za-z0-9.-]/;
const MAX_LOCAL = 64;
const MAX_DOMAIN = 253;

/** Grows outwards from each `@`, so that the cost is linear. */
function cutEmails(text: string, cut: Cut): string {
  let out = '';
  let done = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > done && at - start < MAX_LOCAL && LOCAL.test(text.charAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && end - at < MAX_DOMAIN && DOMAIN.test(text.charAt(end))) end++;
    while (end > at && /[.-]/.test(text.charAt(end - 1))) end--;
    const local = text.slice(start, at);
    // `git@github.com:…` is a repository's address and nobody's.
    if (local === '' || local === 'git' || !/\.[A-Za-z]{2,24}$/.test(text.slice(at, end))) continue;
    out += text.slice(done, start) + cut('email', text.slice(start, end));
    done = end;
  }
  return out + text.slice(done);
}

const OCTET = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)';
/** Not after a word or `Product/` and not after "version": those are version numbers. */
const IPV4 = new RegExp(
  `(?<![\\w.-])(?<![A-Za-z]/)(?<!\\b(?:[vV]ersion|[vV]er|[rR]elease|[bB]uild|v)["']?[ :=]{1,2}["']?)(?:${OCTET}\\.){3}${OCTET}(?![\\w-]|\\.\\d)`,
  'g',
);
const IPV6 = /(?<![\w:.])(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])/g;

/** `a::b` may be code and `12:34:56` a time: an address has digits or three groups, and passes as IPv6. */
function isAddress(found: string): boolean {
  if (!isIPv6(found)) return false;
  const groups = found.split(':').filter((g) => g !== '');
  return groups.length >= 3 || (groups.length >= 1 && /\d/.test(found));
}

const IBAN = /(?<![\w-])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![\w-])/g;

/** ISO 13616: the number, rotated by four, with letters as 10 to 35, leaves 1 when divided by 97. */
function isIban(found: string): boolean {
  const plain = found.replaceAll(' ', '');
  if (plain.length < 15 || plain.length > 34) return false;
  let rest = 0;
  for (const c of plain.slice(4) + plain.slice(0, 4)) {
    const n = Number.parseInt(c, 36);
    rest = (rest * (n > 9 ? 100 : 10) + n) % 97;
  }
  return rest === 1;
}

const GROUPED_CARD =
  /(?<![\w.-])(?<!\d )(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|\d{4}([ -])\d{6}\2\d{5})(?![\w-]| \d|\.\d)/g;
/** A bare run of digits is a card only where the words before it leave that open. */
const BARE_CARD =
  /(\b(?:card|cards|cc|pan|visa|mastercard|amex|payment|number|num|no|account)(?:[_-]?(?:number|num|no))?["']?[ ]?[:=#]?[ ]?["']?)(\d{13,19})(?![\w.-])|(\b[A-Za-z]{2,24} )(\d{15,16})(?![\w.-])/gi;
const MEASURE =
  /^(?:ns|us|ms|s|sec|bytes?|kb|mb|gb|count|size|time|timestamp|ts|at|took|duration|offset|id|seq|lsn|total|sum|value|tick|ticks|epoch|hash|trace|span|partition|version) $/i;

function cutCards(text: string, cut: Cut): string {
  const grouped = text.replace(GROUPED_CARD, (found) => (isCard(found) ? cut('card', found) : found));
  return grouped.replace(
    BARE_CARD,
    (found, named?: string, number?: string, word?: string, after?: string) => {
      if (number !== undefined && isCard(number)) return `${named ?? ''}${cut('card', number)}`;
      if (after !== undefined && word !== undefined && !MEASURE.test(word) && isCard(after))
        return `${word}${cut('card', after)}`;
      return found;
    },
  );
}

/** Issuer ranges of the large networks; none begins with 1, as times since 1970 do. */
const ISSUER = /^(?:4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|6(?:011|5|4[4-9])|35|30[0-5]|3[68])/;

/** Luhn's check digit (ISO/IEC 7812-1, annex B) on 13 to 19 digits of a known issuer. */
export function isCard(text: string): boolean {
  const plain = text.replace(/[ -]/g, '');
  if (plain.length < 13 || plain.length > 19 || !ISSUER.test(plain)) return false;
  let sum = 0;
  for (let i = 0; i < plain.length; i++) {
    const digit = plain.charCodeAt(plain.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/**
 * International with `+`; North American with brackets or hyphens; any after a word for telephone. Numbers in a row
 * with blanks between them are measurements more often than telephones, and stay.
 */
const PHONE =
  /(?<![\w.+-])\+(?=[1-9])(?:\d{10,14}(?![\d.])|\d{1,3}(?:[ .-]\(?\d{1,8}\)?){2,5}(?![\w-]))|(?<![\w.-])\([2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}(?![\w-])|(?<![\w.+-])(?:1-)?[2-9]\d{2}-[2-9]\d{2}-\d{4}(?![\w-]|\.\d)/g;
const NAMED_PHONE =
  /(\b(?:phone|mobile|telephone|tel|fax|msisdn|cell)(?:[_ -]?(?:number|no|nr))?["']?[ ]?[:=]?[ ]?["']?)(\+?\(?\d[\d ().-]{5,18}\d)(?![\w])/gi;

function cutPhones(text: string, cut: Cut): string {
  const plain = text.replace(PHONE, (found) => (isPhoneLength(found) ? cut('phone', found) : found));
  return plain.replace(NAMED_PHONE, (found, word: string, number: string) =>
    digitsIn(number) >= 7 && digitsIn(number) <= 15 ? `${word}${cut('phone', number)}` : found,
  );
}

/** National numbers have 10 digits; international ones 10 to 15 (ITU-T E.164). */
const isPhoneLength = (text: string): boolean => digitsIn(text) >= 10 && digitsIn(text) <= 15;

export const digitsIn = (text: string): number => text.replace(/\D/g, '').length;

const CAPITALS_AND_DIGITS = /[A-Z]{2}\d{2}/;
const PHONE_WORD = /hone|obile|tel|fax|msisdn|cell/i;
const MIN_CARD = 13;
const MIN_PHONE = 7;

/** E-mail addresses, IP addresses, IBANs, cards and telephone numbers, in this order. */
export const PERSONAL_RULES: readonly Rule[] = [
  { applies: (_text, { has }) => (has & HAS.at) !== 0 && (has & HAS.dot) !== 0, apply: cutEmails },
  {
    applies: (_text, { dots, longestNumber }) => dots >= 3 && longestNumber >= 4,
    apply: (text, cut) => text.replace(IPV4, (found) => cut('ip', found)),
    notOnIds: true,
  },
  {
    applies: (text, { colons }) => colons >= 7 || (colons >= 2 && text.includes('::')),
    apply: (text, cut) => text.replace(IPV6, (found) => (isAddress(found) ? cut('ip', found) : found)),
  },
  {
    applies: (text, { has, longestNumber }) =>
      (has & HAS.upper) !== 0 && longestNumber >= 2 && text.length >= 15 && CAPITALS_AND_DIGITS.test(text),
    apply: (text, cut) => text.replace(IBAN, (found) => (isIban(found) ? cut('iban', found) : found)),
  },
  { applies: (_text, { longestNumber }) => longestNumber >= MIN_CARD, apply: cutCards, notOnIds: true },
  {
    applies: (text, { has, longestNumber }) =>
      longestNumber >= MIN_PHONE &&
      ((has & (HAS.plus | HAS.bracket | HAS.dash)) !== 0 || PHONE_WORD.test(text)),
    apply: cutPhones,
    notOnIds: true,
  },
];
