import { isLoopback, type Policy } from '../governance/policy.js';
import { Refusal } from '../governance/refusal.js';

export type ModelSettings = NonNullable<Policy['model']>;

/** A model that answers one prompt with text. */
export interface Model {
  /** As it is written down: provider and name. */
  name: string;
  /** On this machine: nothing leaves it. */
  isLocal: boolean;
  ask(question: Asked): Promise<Answered>;
}
export interface Asked {
  system: string;
  prompt: string;
  maxOutputTokens: number;
  signal: AbortSignal;
}
export interface Answered {
  text: string;
  /** As the provider counts them; an estimate where it does not. */
  tokens: number;
}

const OLLAMA = 'http://127.0.0.1:11434/v1';
const RETRIES = 1;
/** Rough, and on the safe side for English and ids. */
export const CHARACTERS_PER_TOKEN = 3;

/** Loads the SDK and the provider: only for those who configured a model. Throws a Refusal when either is missing. */
export async function openModel(
  settings: ModelSettings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Model> {
  const url = settings.url ?? (settings.provider === 'ollama' ? OLLAMA : undefined);
  const [{ generateText }, language] = await loaded(settings, url, env);
  return {
    name: `${settings.provider}/${settings.name}`,
    isLocal: url !== undefined && isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, '')),
    async ask({ system, prompt, maxOutputTokens, signal }) {
      const { text, usage } = await generateText({
        model: language,
        system,
        prompt,
        maxOutputTokens,
        abortSignal: signal,
        maxRetries: RETRIES,
        temperature: 0,
      });
      const guess = Math.ceil((system.length + prompt.length + text.length) / CHARACTERS_PER_TOKEN);
      return { text, tokens: usage.totalTokens ?? guess };
    },
  };
}

type Sdk = typeof import('ai');
type Language = Parameters<Sdk['generateText']>[0]['model'];

async function loaded(
  settings: ModelSettings,
  url: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<[Sdk, Language]> {
  const variable =
    settings.keyVariable ?? (settings.provider === 'anthropic' ? 'ANTHROPIC_API_KEY' : undefined);
  const key = variable === undefined ? undefined : env[variable];
  if (variable !== undefined && !key)
    throw new Refusal(
      `The key of the model is not there.`,
      variable,
      'Set this variable of the environment.',
    );
  try {
    const sdk = await import('ai');
    if (settings.provider === 'anthropic') {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return [
        sdk,
        createAnthropic({
          ...(key === undefined ? {} : { apiKey: key }),
          ...(url === undefined ? {} : { baseURL: url }),
        })(settings.name),
      ];
    }
    if (url === undefined)
      throw new Refusal(
        'A model of this provider needs an address.',
        'model.url',
        'Set it in the policy, such as https://host/v1.',
      );
    const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
    const provider = createOpenAICompatible({
      name: settings.provider,
      baseURL: url,
      ...(key === undefined ? {} : { apiKey: key }),
    });
    return [sdk, provider(settings.name)];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND')
      throw new Refusal(
        'The SDK for models is not installed.',
        'ai',
        'npm install ai @ai-sdk/anthropic @ai-sdk/openai-compatible',
      );
    throw error;
  }
}
