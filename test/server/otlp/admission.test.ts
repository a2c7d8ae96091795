import { expect, test } from 'vitest';
import { admission } from '../../../src/server/otlp/admission.js';

/** A clock that is set, and an event loop whose turns end when it is said. */
function setClock() {
  let ms = 0;
  let after: (() => void)[] = [];
  return {
    turns: { now: () => ms, afterTurn: (work: () => void) => void after.push(work) },
    wait: (more: number) => {
      ms += more;
    },
    endTurn: () => {
      for (const work of after.splice(0)) work();
      after = [];
    },
  };
}
const LIMITS = { bytes: 100, requests: 3, waitMs: 50 };

test('no more is held than was allowed, and what leaves makes room', () => {
  const { turns } = setClock();
  const places = admission(LIMITS, turns);
  const a = places.enter();
  expect(a?.grow(80)).toBe(true);
  expect(a?.grow(30)).toBe(false);
  const b = places.enter();
  expect(b?.grow(20)).toBe(true);
  expect(places.enter()).toBeUndefined();
  a?.leave();
  a?.leave();
  expect(places.used()).toEqual({ bytes: 20, requests: 1 });
  expect(places.enter()).toBeDefined();
});

test('a request that waited too long is late', () => {
  const { turns, wait, endTurn } = setClock();
  const place = admission(LIMITS, turns).enter();
  wait(40);
  endTurn();
  expect(place?.isLate()).toBe(false);
  endTurn();
  wait(11);
  expect(place?.isLate()).toBe(true);
});

test('when one turn of work takes too long, those behind it in the turn are refused, and the next turn begins anew', () => {
  const { turns, wait, endTurn } = setClock();
  const places = admission({ ...LIMITS, requests: 100 }, turns);
  expect(places.enter()).toBeDefined();
  wait(51);
  expect(places.enter()).toBeUndefined();
  endTurn();
  expect(places.enter()).toBeDefined();
});
