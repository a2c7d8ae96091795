import { subject } from '../../domain/index.js';
import type { Claimed } from '../claims.js';
import type { About, Scene } from './scene.js';

/** What the browser or the phone measures is a figure of its own, never the service's latency: LCP, TTFB, app start. */
export function vitalOf(scene: Scene, claimed: Claimed, name: string): About | undefined {
  const c = claimed.claim;
  if (!c || !name.startsWith('latency.')) return undefined;
  const text = scene.frame.text.slice(scene.frame.tokens[c.from]?.start, scene.frame.tokens[c.to - 1]?.end);
  if (
    !/^(?:ttft|tpot|time to first token|time per output token|lcp|fcp|inp|tti|ttfb|time to first byte|largest contentful paint|first contentful paint|interaction to next paint|time to interactive|app start(?: time)?|startup|startup time|start up time|rtt|round trip|page load(?: time)?|inter[- ]token latency|itl)$/i.test(
      text,
    )
  )
    return undefined;
  return {
    subject: subject(
      'operation',
      INITIALS[text.toLowerCase()] ?? (text.length <= 4 ? text.toUpperCase() : text.toLowerCase()),
      scene.app.name,
    ),
    from: c.from,
    to: c.to,
  };
}

const INITIALS: Readonly<Record<string, string>> = {
  'time to first token': 'TTFT',
  'time to first byte': 'TTFB',
  'time per output token': 'TPOT',
  'largest contentful paint': 'LCP',
  'first contentful paint': 'FCP',
  'interaction to next paint': 'INP',
  'time to interactive': 'TTI',
};
