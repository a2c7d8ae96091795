import { z } from 'zod';
import type { Context, Finding, Result } from '../domain/index.js';
import { createRedactor, type RedactorOptions } from '../evidence/redact/index.js';
import { mayLeave } from '../governance/classification.js';
import type { Policy } from '../governance/policy.js';
import { redactAgain } from '../governance/redact-again.js';
import { Refusal } from '../governance/refusal.js';
import { HYPOTHESES } from '../hypotheses/registry.js';
import { type Proposal, proposalSchema, settleProposal } from '../method/proposals/index.js';
import { CHARACTERS_PER_TOKEN, type Model, type ModelSettings } from './model.js';
import { jsonIn, proposalsPrompt, SYSTEM, wordingPrompt } from './prompts.js';
import { type Sheet, sheetOf } from './sheet.js';
import { type Sentence, sentenceFault, sentenceSchema } from './words.js';

/** What a model brought, after code went over it. Nothing of it is part of the result. */
export interface Assisted {
  model: string;
  /** Sentences whose every number is a fact's. */
  sentences: Sentence[];
  /** What was dropped, and why: without its words, which nobody vouches for. */
  dropped: { what: 'sentence' | 'proposal'; why: string }[];
  proposals: { proposal: Proposal; finding: Finding }[];
  /** Questions that got no answer in time, or none that can be read. */
  notes: string[];
  tokens: number;
  /** Every question and answer, word for word, as they went out and came in. */
  transcript: {
    question: string;
    system: string;
    prompt: string;
    answer?: string;
    tokens?: number;
    failed?: string;
  }[];
}

const MOST_PROPOSALS = 5;
const MOST_SENTENCES = 8;
const MOST_OUTPUT_TOKENS = 2000;

interface Work {
  result: Result;
  context: Context;
  model: Model;
  settings: ModelSettings;
  policy: Policy;
  redaction?: RedactorOptions;
}

/**
 * Asks a model for causes to test and for words. Only redacted facts leave, once more cut, and never above the level that the
 * policy lets out. A model that fails, is late or talks nonsense costs its answer and nothing else.
 */
export async function assist(work: Work): Promise<Assisted> {
  const { result, model, settings, policy } = work;
  if (!model.isLocal && !mayLeave(result.classification, policy.classification.exportUpTo))
    throw new Refusal(
      `The result is ${result.classification}; at most ${policy.classification.exportUpTo} may leave for a model.`,
      'classification.exportUpTo',
      'Use a model on this machine, or ask for a change of the policy, by review.',
      'denied',
    );
  const out: Assisted = {
    model: model.name,
    sentences: [],
    dropped: [],
    proposals: [],
    notes: [],
    tokens: 0,
    transcript: [],
  };
  const leaving = redactAgain(result, createRedactor(work.redaction)) as Result;
  // Both questions carry the sheet, and both need room for an answer.
  const room = settings.maxTokens / 2 - MOST_OUTPUT_TOKENS - 1000;
  const sheet = sheetOf(leaving, Math.max(0, Math.floor(room * CHARACTERS_PER_TOKEN)));
  if (sheet.facts.length === 0) {
    out.notes.push('The budget is too small for a question, or there are no facts: nothing was asked.');
    return out;
  }
  await propose(work, sheet, out);
  await word(work, sheet, out);
  return out;
}

async function propose(work: Work, sheet: Sheet, out: Assisted): Promise<void> {
  const answer = await ask(work, 'proposals', proposalsPrompt(sheet.text, MOST_PROPOSALS), out);
  const list = z.object({ proposals: z.array(z.unknown()).max(100) }).safeParse(answer);
  if (!list.success) {
    if (answer !== NOTHING) out.notes.push('The answer with proposals could not be read.');
    return;
  }
  for (const raw of list.data.proposals.slice(0, MOST_PROPOSALS)) {
    const read = proposalSchema.safeParse(raw);
    if (!read.success) {
      out.dropped.push({ what: 'proposal', why: read.error.issues[0]?.path.join('.') ?? 'shape' });
      continue;
    }
    try {
      const { finding } = settleProposal(read.data, work.result, work.context, HYPOTHESES);
      out.proposals.push({ proposal: read.data, finding });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      out.dropped.push({ what: 'proposal', why: error.message });
    }
  }
}

async function word(work: Work, sheet: Sheet, out: Assisted): Promise<void> {
  const answer = await ask(work, 'wording', wordingPrompt(sheet.text, MOST_SENTENCES), out);
  const list = z.object({ sentences: z.array(z.unknown()).max(100) }).safeParse(answer);
  if (!list.success) {
    if (answer !== NOTHING) out.notes.push('The answer with sentences could not be read.');
    return;
  }
  for (const raw of list.data.sentences.slice(0, MOST_SENTENCES)) {
    const read = sentenceSchema.safeParse(raw);
    const why = read.success ? sentenceFault(read.data, sheet) : 'it has not the shape that was asked for';
    if (why !== undefined || !read.success) out.dropped.push({ what: 'sentence', why: why ?? 'shape' });
    else out.sentences.push(read.data);
  }
}

/** There was no answer; a note says why. */
const NOTHING = Symbol('nothing');

async function ask(
  { model, settings }: Work,
  question: string,
  prompt: string,
  out: Assisted,
): Promise<unknown> {
  const needed = Math.ceil((SYSTEM.length + prompt.length) / CHARACTERS_PER_TOKEN) + MOST_OUTPUT_TOKENS;
  if (out.tokens + needed > settings.maxTokens) {
    out.notes.push(`The budget of ${settings.maxTokens} tokens is used up: ${question} were not asked for.`);
    return NOTHING;
  }
  const entry: Assisted['transcript'][number] = { question, system: SYSTEM, prompt };
  out.transcript.push(entry);
  try {
    const { text, tokens } = await model.ask({
      system: SYSTEM,
      prompt,
      maxOutputTokens: MOST_OUTPUT_TOKENS,
      signal: AbortSignal.timeout(settings.timeoutSeconds * 1000),
    });
    entry.answer = text;
    entry.tokens = tokens;
    out.tokens += tokens;
    return jsonIn(text);
  } catch (error) {
    const said = error instanceof Error ? error.name : 'Error';
    entry.failed = said;
    // A question that failed may have been paid for.
    out.tokens += needed;
    out.notes.push(
      said === 'TimeoutError' || said === 'AbortError'
        ? `The model did not answer within ${settings.timeoutSeconds} s.`
        : `The model could not be asked (${said}).`,
    );
    return NOTHING;
  }
}
