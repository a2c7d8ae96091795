import type { Cut, Rule } from './rule.js';
import { HAS } from './traits.js';

/** What databases quote of rows and parameters in their messages. */
const QUOTED =
  /((?:\$\d{1,3}|[@:]\w{1,40})\s?=\s?'|Duplicate entry '|invalid input syntax for [\w ]{1,40}: ["'])([^'"\n]{1,4096})/g;
const IN_BRACKETS = /(Key \([^)\n]{1,300}\)=\(|Failing row contains \()([^)\n]{1,4096})/g;
const HARMLESS = /^(?:|-?\d+(?:\.\d+)?|null|true|false|[\d:. TZ+-]+|[0-9a-f-]{32,36}|<[a-z]+:\d+>)$/i;

function cutMessage(text: string, cut: Cut): string {
  return text
    .replace(QUOTED, (found, before: string, value: string) =>
      HARMLESS.test(value) ? found : before + cut('literal', value),
    )
    .replace(
      IN_BRACKETS,
      (_found, before: string, values: string) =>
        before +
        values.replace(/[^,]+/g, (v) =>
          HARMLESS.test(v.trim()) ? v : v.replace(/\S.*\S|\S/, (x) => cut('literal', x)),
        ),
    );
}

/** Values in the messages of databases: parameters, duplicate keys, rows that failed. */
export const DATABASE_MESSAGE_RULE: Rule = {
  applies: (text, { has }) =>
    (has & (HAS.quote | HAS.bracket)) !== 0 &&
    (text.includes("= '") ||
      text.includes('Key (') ||
      text.includes('Duplicate entry') ||
      text.includes('Failing row') ||
      text.includes('invalid input')),
  apply: cutMessage,
};
