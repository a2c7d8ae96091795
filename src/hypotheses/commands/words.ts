import {
  bareNumber,
  type Fact,
  type NumberSegment,
  name,
  num,
  type Segment,
  type Text,
} from '../../domain/index.js';

/** A command in the language it is written in, and the tool it belongs to. */
export interface Command {
  tool: string;
  language: string;
  command: Text;
  /** Rough work to run it, in minutes, where the tool is in place. */
  effortMinutes: number;
}

const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,62}$/;

/**
 * A name of the case inside a command. Only plain identifiers go in: a pasted command must not carry what somebody
 * wrote into a prompt. Anything else becomes a placeholder in angle brackets.
 */
export const ident = (text: string, placeholder: string): Segment =>
  PLAIN.test(text) ? name(text) : `<${placeholder}>`;

const WORDS = /^[A-Za-z0-9][A-Za-z0-9 _.-]{0,62}$/;

/** A service in a command: a name of several plain words goes by what it is usually registered as, `coupon-service`. */
export const serviceIdent = (subject: { name: string; service?: string | undefined }): Segment => {
  const own = subject.service ?? subject.name;
  return WORDS.test(own)
    ? ident(own.trim().replace(/\s+/g, '-').toLowerCase(), 'service')
    : ident(own, 'service');
};

/** A count in a command: digits alone, without thousands marks. */
export const digits = (fact: Fact): NumberSegment => bareNumber(fact, 1, String);

/** A length of time in a command: `60s`. */
export const seconds = (fact: Fact): NumberSegment => num(fact, { display: `${fact.value}s` });
