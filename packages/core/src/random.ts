import { checkDraw } from "./draw-guard.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { Json } from "./json.ts";

/** A seeded stream of random numbers whose position can be saved and restored. Never shared between parts: fork it. */
export interface Random {
  /** Uniform in [0, 1), 32 random bits. */
  uniform(): number;
  /** Standard normal (Box-Muller, one draw per two uniforms, nothing cached). */
  normal(): number;
  /** Uniform integer in [0, bound), unbiased (rejection). */
  integer(bound: number): number;
  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[];
  /** `count` distinct integers of [0, bound), in random order. */
  sample(bound: number, count: number): number[];
  /** An independent stream; the same label on the same seed gives the same stream, whatever was drawn before. */
  fork(label: string): Random;
  state(): Json;
  restore(state: Json): void;
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** splitmix32: spreads a 32-bit seed over the four words of the generator. */
const splitmix32 = (seed: number) => {
  let a = seed | 0;
  return (): number => {
    a = (a + 0x9e3779b9) | 0;
    let t = a ^ (a >>> 16);
    t = Math.imul(t, 0x21f0aaad);
    t ^= t >>> 15;
    t = Math.imul(t, 0x735a2d97);
    return (t ^ (t >>> 15)) >>> 0;
  };
};

/** FNV-1a: turns a fork's label into 32 bits. */
const hash = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
};

const wordsOf = (low: number): number[] => Array.from({ length: 4 }, splitmix32(low));

/**
 * A first state for each safe integer. The high bits of a seed of 2³² or more change the last three words, so that
 * word 0 tells two seeds with different low bits apart, and word 1 two with different high bits: both are bijections.
 */
const wordsOfSeed = (seed: number): number[] => {
  const words = wordsOf(seed >>> 0);
  const high = Math.floor(seed / 2 ** 32);
  if (high === 0) return words;
  const next = splitmix32(high);
  return words.map((word, i) => (i === 0 ? word : word ^ next()));
};

/** The first state of a fork: one of 2³² for its 52 bits. */
const wordsOfFork = (seed: number): number[] =>
  wordsOf((seed >>> 0) ^ Math.imul(Math.floor(seed / 2 ** 32), 0x85ebca6b));

/**
 * A seeded generator: xoshiro128**, period 2¹²⁸ − 1. No two seeds give the same stream.
 *
 * @param seed  an integer from 0 to 2⁵³ − 1.
 * @throws InvalidArgumentError when the seed is no such integer, or a bound is not a positive one.
 * @see Blackman & Vigna 2021, Scrambled linear pseudorandom number generators. https://arxiv.org/abs/1805.01407
 */
export const createRandom = (seed: number): Random => {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new InvalidArgumentError({
      argument: "seed",
      value: seed,
      message: `createRandom: seed is ${seed}, expected an integer from 0 to 2^53 − 1`,
    });
  }
  return createStream(seed, wordsOfSeed(seed));
};

/** @param seed  names the stream when it is forked. @param words  its first state. */
const createStream = (seed: number, words: readonly number[]): Random => {
  const s = Uint32Array.from(words) as Uint32Array & {
    0: number;
    1: number;
    2: number;
    3: number;
  };

  const bits = (): number => {
    checkDraw();
    const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
    const t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11);
    return result;
  };
  const uniform = (): number => bits() / 2 ** 32;
  const integer = (bound: number): number => {
    if (!Number.isInteger(bound) || bound < 1 || bound > 2 ** 32) {
      throw new InvalidArgumentError({
        argument: "bound",
        value: bound,
        message: `Random.integer: bound is ${bound}, expected an integer from 1 to 2^32`,
      });
    }
    const limit = 2 ** 32 - (2 ** 32 % bound);
    for (;;) {
      const draw = bits();
      if (draw < limit) return draw % bound;
    }
  };
  const shuffle = <T>(items: readonly T[]): T[] => {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = integer(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  };

  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    integer,
    shuffle,
    sample: (bound, count) => {
      if (count > bound) {
        throw new InvalidArgumentError({
          argument: "count",
          value: count,
          message: `Random.sample: asked for ${count} distinct integers below ${bound}; at most ${bound} exist`,
        });
      }
      return shuffle(Array.from({ length: bound }, (_, i) => i)).slice(0, count);
    },
    fork: (label) => {
      const forked = hash(`${seed}/${label}`) * 2 ** 20 + (hash(`${label}\\${seed}`) >>> 12);
      return createStream(forked, wordsOfFork(forked));
    },
    state: () => [...s],
    restore: (state) => {
      if (!Array.isArray(state) || state.length !== 4 || !state.every((word) => Number.isInteger(word))) {
        throw new InvalidArgumentError({
          argument: "state",
          value: state,
          message: "Random.restore: expected the four integers that state() gave",
        });
      }
      s.set(state as number[]);
    },
  };
};
