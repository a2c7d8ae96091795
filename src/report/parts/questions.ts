import { code, heading, plain, type Question, say, type Text, table } from '../../domain/index.js';
import { fold, type Lookup, type Piece } from '../page.js';
import { capital, counted } from '../words.js';

const FIRST = 8;
/** What follows changes little; all are in the machine result. */
const MOST = 8;

/** The unknowns that would change the plan most, each with what hangs on it and how to answer it. */
export function settleFirst(look: Lookup): Piece[] {
  const { questions } = look.result;
  if (questions.length === 0) return [];
  const out: Piece[] = [heading(say`Settle first`), questionTable(questions.slice(0, FIRST))];
  const commands = questions.slice(0, FIRST).filter((q) => q.command && !isShort(q.command));
  if (commands.length > 0)
    out.push(
      fold(
        say`Commands that answer them`,
        commands.map((q) => code(q.language ?? 'sh', q.command ?? [], q.question)),
      ),
    );
  const later = questions.slice(FIRST, MOST);
  if (later.length > 0)
    out.push(
      fold(capital(say`${counted(later.length, 'more question')}`), [
        questionTable(later),
        ...later
          .filter((q) => q.command && !isShort(q.command))
          .map((q) => code(q.language ?? 'sh', q.command ?? [], q.question)),
      ]),
    );
  return out;
}

const questionTable = (questions: readonly Question[]): Extract<Piece, { kind: 'table' }> =>
  table(
    ['Question', 'What changes with the answer', 'Answered by'],
    questions.map((q) => [q.question, q.matters, answer(q)]),
  ) as Extract<Piece, { kind: 'table' }>;

function answer(q: Question): Text {
  if (!q.command) return say`asking who runs it`;
  return isShort(q.command) ? say`${{ name: plain(q.command) }}` : say`the command below`;
}

const isShort = (command: Text): boolean => {
  const text = plain(command);
  return text.length <= 90 && !text.includes('\n');
};
