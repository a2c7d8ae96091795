/** Luhn's digit for a number without it (ISO/IEC 7812-1, annex B). */
export function luhnDigit(body: string): string {
  let sum = 0;
  for (let i = 0; i < body.length; i++) {
    const digit = Number(body[body.length - 1 - i]);
    const doubled = i % 2 === 0 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return String((10 - (sum % 10)) % 10);
}

/** The two check digits of an IBAN (ISO 13616: 98 less the number modulo 97). */
export function checkDigit97(country: string, bban: string): string {
  const digits = `${bban}${country}00`.replace(/[A-Z]/g, (c) => String(Number.parseInt(c, 36)));
  return String(98n - (BigInt(digits) % 97n)).padStart(2, '0');
}

/** The letter of a Spanish DNI: the number modulo 23. */
export const spanishLetter = (eight: string): string =>
  'TRWAGMYFPDXBNJZSQVHLCKE'[Number(eight) % 23] as string;
