import { isIPv6 } from 'node:net';
import { isHeldAsId } from './keys.js';
import type { Cut, Rule } from './rule.js';
import { GROUPS, HAS, type Traits, WORDS } from './traits.js';

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
  `(?<![\\w.-])(?<![A-Za-z]/)(?<!(?:[vV]ersion|[vV]er|[rR]elease|[bB]uild)["']?[ :=]{1,2}["']?)(?:${OCTET}\\.){3}${OCTET}(?![\\w-]|\\.\\d)`,
  'g',
);
const VERSION_BEFORE =
  /\b(?:version|ver|release[sd]?|build|upgrad\w*|downgrad\w*|firmware|driver|chart|package|library|sdk|tag|dependency|bump\w*|revision|agent|plugin|kernel|image)\b[^.;,(){}]{0,20}(?:\d+(?:\.\d+){3} (?:to|->|→) )?$/i;
const PRIVATE = /^(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))\./;
/** Four numbers under a key for versions, or after words for them when they are small as versions are. */
function isVersion(text: string, at: number, found: string): boolean {
  if (isHeldAsId(text, at)) return true;
  return (
    !PRIVATE.test(found) &&
    Number.parseInt(found, 10) < 32 &&
    VERSION_BEFORE.test(text.slice(Math.max(0, at - 48), at))
  );
}
/** `a::b` may be code and `12:34:56` a time: an address has digits or three groups, and passes as IPv6. */
function isAddress(found: string): boolean {
  if (!isIPv6(found)) return false;
  const groups = found.split(':').filter((g) => g !== '');
  return groups.length >= 3 || (groups.length >= 1 && /\d/.test(found));
}

const MAX_IPV6 = 39;
/** Grows outwards from colons over hexadecimal digits, so that the cost is linear. */
function cutIpv6(text: string, cut: Cut): string {
  let out = '';
  let done = 0;
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at)) {
    let start = at;
    while (start > done && at - start < MAX_IPV6 && isIpv6Code(text.charCodeAt(start - 1))) start--;
    let end = at + 1;
    while (end < text.length && isIpv6Code(text.charCodeAt(end))) end++;
    at = end;
    const found = text.slice(start, end);
    if (end - start > MAX_IPV6 || /[\w.]/.test(text.charAt(start - 1)) || /\w/.test(text.charAt(end)))
      continue;
    if (!isAddress(found)) continue;
    out += text.slice(done, start) + cut('ip', found);
    done = end;
  }
  return out + text.slice(done);
}
const isIpv6Code = (code: number): boolean =>
  (code >= 48 && code <= 58) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);

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
const BARE_CARD = /(?<![\w.+-])\d{13,19}(?![\w.-]*\w)/g;
const CARD_WORD =
  /\b(?:card|cards|cc|pan|visa|mastercard|amex|payment|number|num|no|account)(?:[_-]?(?:number|num|no))?["']?[ ]?[:=#]?[ ]?["']?$/i;
const WORD = /\b([A-Za-z]{2,24}) $/;
const MEASURE =
  /^(?:ns|us|ms|s|sec|bytes?|kb|mb|gb|count|size|time|timestamp|ts|at|took|duration|offset|id|order|invoice|seq|lsn|total|sum|value|tick|ticks|epoch|hash|trace|span|partition|version)$/i;

function cutCards(text: string, cut: Cut): string {
  return text
    .replace(GROUPED_CARD, (found, _a: string | undefined, _b: string | undefined, at: number) =>
      isCard(found) && !isHeldAsId(text, at) ? cut('card', found) : found,
    )
    .replace(BARE_CARD, (found, at: number, whole: string) =>
      isCard(found) && isSaidToBeCard(whole.slice(Math.max(0, at - 40), at), found.length)
        ? cut('card', found)
        : found,
    );
}

function isSaidToBeCard(before: string, length: number): boolean {
  if (CARD_WORD.test(before)) return true;
  const word = WORD.exec(before)?.[1];
  return word !== undefined && length >= 14 && length <= 16 && !MEASURE.test(word);
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
const INTERNATIONAL =
  /\+(?<![\w.+-]\+)(?=[1-9])(?:\d{10,14}(?![\d.]|\.\d)|\d{1,3}(?: ?\(\d{1,4}\)[ .-]?\d{1,8})?(?:[ .-]\d{1,8}){1,5}(?![\w-]))(?! ?(?:ns|us|µs|ms|s|sec|seconds|bytes?|[KMGT]i?B|rows|records|rps|%)\b)/g;
const BRACKETED = /\((?<![\w.-]\()[2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}(?![\w-])/g;
const HYPHENED = /(?<![\w.+-])(?:1-)?[2-9]\d{2}-[2-9]\d{2}-\d{4}(?![\w-]|\.\d)/g;
const NAMED_PHONE =
  /(\b(?:phone|mobile|telephone|tel|fax|msisdn|cell|handy|telefon)(?:[_ -]?(?:number|no|nr))?["']?[ ]?[:=]?[ ]?["']?)(\+?\(?\d[\d ().-]{5,18}\d)(?![\w])/gi;
/** After words for calling, with the zero of national numbers or with groups. */
const CALLED =
  /(\b(?:call(?:ed|ing|back)?|caller|dial(?:led|ed|ing)?|sms|texted|whatsapp|contact(?:ed)?)(?: (?:me|us|him|her|them|back))?(?: (?:to|from|for|at|on))? )((?:0\d|[2-9]\d{2}[ .-])[\d ./-]{6,16}\d)(?![\w:])/gi;
/** Country codes that are assigned (ITU-T E.164): a sum such as `+5…` of bytes often has none of their lengths. */
const COUNTRY =
  /^\+(?:1[2-9]\d{2}[2-9]\d{6}$|7[3-9]\d{9}$|(?:2(?:[07]|[1-69]\d)|3(?:[0-469]|[578]\d)|4(?:[013-9]|2\d)|5(?:[1-8]|[09]\d)|6(?:[0-6]|[7-9]\d)|8(?:[1246]|[058]\d)|9(?:[0-58]|[679]\d))\d{6,12}$)/;

function cutPhones(text: string, cut: Cut, { groups, words }: Traits): string {
  const check = (found: string, at: number, whole: string): string =>
    isPhone(found) && !isHeldAsId(whole, at) ? cut('phone', found) : found;
  let out = text;
  if (groups & GROUPS.plusDigit) out = out.replace(INTERNATIONAL, check);
  if (groups & GROUPS.bracketDigit) out = out.replace(BRACKETED, check);
  if (groups & GROUPS.threeThree) out = out.replace(HYPHENED, check);
  if (words & WORDS.phone)
    out = out.replace(NAMED_PHONE, (found, word: string, number: string) =>
      digitsIn(number) >= 7 && digitsIn(number) <= 15 ? `${word}${cut('phone', number)}` : found,
    );
  if (words & WORDS.called)
    out = out.replace(CALLED, (found, word: string, number: string) =>
      digitsIn(number) >= 9 && digitsIn(number) <= 12 ? `${word}${cut('phone', number)}` : found,
    );
  return out;
}

/** National numbers have 10 digits; international ones 10 to 15 (ITU-T E.164). */
function isPhone(text: string): boolean {
  const digits = digitsIn(text);
  if (digits < 10 || digits > 15) return false;
  return !text.startsWith('+') || COUNTRY.test(text.replace('(0)', '').replace(/[^\d+]/g, ''));
}

export const digitsIn = (text: string): number => text.replace(/\D/g, '').length;

const CAPITALS_AND_DIGITS = /[A-Z]{2}\d{2}/;
const PHONE_GROUPS = GROUPS.plusDigit | GROUPS.bracketDigit | GROUPS.threeThree;
const MIN_CARD = 13;
const MIN_IBAN = 15;
const MIN_PHONE = 7;

/** E-mail addresses, IP addresses, IBANs, cards and telephone numbers, in this order. */
export const PERSONAL_RULES: readonly Rule[] = [
  { applies: (_text, { has }) => (has & HAS.at) !== 0 && (has & HAS.dot) !== 0, apply: cutEmails },
  {
    applies: (_text, { dottedNumbers }) => dottedNumbers >= 4,
    apply: (text, cut) =>
      text.replace(IPV4, (found, at: number) => (isVersion(text, at, found) ? found : cut('ip', found))),
    notOnIds: true,
  },
  {
    applies: (_text, { colonChain, doubleColon }) => colonChain >= 7 || (doubleColon && colonChain >= 2),
    apply: cutIpv6,
  },
  {
    applies: (text, { longestKey, groups }) =>
      (longestKey >= MIN_IBAN || (longestKey >= 4 && (groups & GROUPS.four) !== 0)) &&
      CAPITALS_AND_DIGITS.test(text),
    apply: (text, cut) => text.replace(IBAN, (found) => (isIban(found) ? cut('iban', found) : found)),
  },
  {
    applies: (_text, { longestNumber, longestDigits, groups }) =>
      longestDigits >= MIN_CARD || (longestNumber >= MIN_CARD && (groups & GROUPS.four) !== 0),
    apply: cutCards,
    notOnIds: true,
  },
  {
    applies: (_text, { words, groups, longestNumber }) =>
      longestNumber >= MIN_PHONE &&
      ((groups & PHONE_GROUPS) !== 0 || (words & (WORDS.phone | WORDS.called)) !== 0),
    apply: cutPhones,
    notOnIds: true,
  },
];
