/**
 * What the name of a program's function says its one cause is: words of the name, and the causes that are right for
 * it. Read by the scorer alone. Names that no line fits are compared with the call that was found.
 */
const WORDS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/redos|regex|regexp/, ['regular-expression']],
  [/jsonparse|parsejson/, ['json-parse']],
  [/jsonstringify|stringify/, ['json-stringify']],
  [/pbkdf2|scrypt|bcrypt|hkdf|argon/, ['key-derivation']],
  [/g?zip|deflate|inflate|brotli|compress/, ['compression']],
  [
    /(?:read|write|append|copy)file|exists|stat|readdir|opensync|mkdir/,
    ['synchronous-file-access', 'file-access'],
  ],
  [/exec|spawn|child/, ['synchronous-child-process']],
  [/console|log(?:ging|line)?$/, ['logging']],
  [/^gc$|garbage|alloc|churn/, ['gc', 'allocation']],
  [/spin|busy|block(?:ing)?loop/, ['busy-wait']],
  [/structuredclone|deepclone|serialize/, ['structured-clone']],
  [/sort/, ['sorting']],
  [/hash|sha\d|md5|hmac|digest/, ['hashing']],
  [/str(?:ing)?(?:concat|build)|concatstr|join|template/, ['string-building']],
  [/require|import|module/, ['module-loading']],
  [/cipher|encrypt|decrypt|sign|verify|rsa|ecdh|keypair/, ['encryption']],
  [/random/, ['random-numbers']],
  [/inspect|format$/, ['object-formatting', 'logging']],
  [/deepequal|deepstrict/, ['deep-comparison']],
  [/buffer|buf(?:concat|copy)/, ['buffer-copying']],
  [/base64|encode|decode|utf8|uri/, ['text-encoding', 'buffer-copying']],
  [/url/, ['url-parsing']],
  [/error|exception|throw|stack/, ['exceptions']],
  [/emit|event/, ['event-dispatch']],
  [/eval|newfunction|vm/, ['code-evaluation']],
  [/locale|intl|compare/, ['locale-formatting']],
  [/date/, ['date-handling', 'locale-formatting']],
  [/bigint/, ['big-integers']],
  [/shift|splice/, ['list-shifting']],
  [/includes|indexof|scan|find|quadratic/, ['list-scanning']],
  [/spread|arrayconcat|slice/, ['list-copying']],
  [/keys|entries|assign|forin/, ['object-copying']],
  [/^map|set$|lookup/, ['hash-tables']],
  [/delete|dictionary/, ['dictionary-objects']],
  [/proxy|reflect/, ['reflection']],
  [/fib|recurs/, ['recursion']],
  [/atomics|sleep/, ['blocking-wait']],
  [/promise|microtask|async|await/, ['promises', 'scheduling']],
  [/tick|immediate|timer|timeout/, ['scheduling']],
  [/generator|yield/, ['generators']],
  [/wasm/, ['webassembly']],
  [/deopt|megamorphic/, ['deoptimisation']],
  [/loop|math|compute|matrix|prime|cpu/, ['computation', 'own-code', 'recursion']],
];

const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Whether a cause that was found is the one that the program's name stands for. */
export function isRight(program: string, found: { cause: string; api: string }): boolean {
  const name = plain(program);
  if (WORDS.some(([words, causes]) => words.test(name) && causes.includes(found.cause))) return true;
  // The name of the program's own function is no finding.
  if (NAMED_AFTER_THE_PROGRAM.has(found.cause)) return false;
  const api = plain(found.api);
  return api.length > 2 && (name.includes(api) || api.includes(name));
}

const NAMED_AFTER_THE_PROGRAM = new Set(['own-code', 'recursion', 'native']);
