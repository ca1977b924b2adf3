import type { Compile } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { padTexts } from "./pad-texts.ts";

const texts = (...lengths: number[]) => lengths.map((length) => Array.from({ length }, (_, i) => i + 1));
/** Not `interpret` itself. */
const compile: Compile = (fn) => fn;

it("pads to the longest text, or to few lengths where the model is compiled", () => {
  tf.tidy(() => {
    const columns = (lengths: number[], options: { compile?: Compile } = {}) =>
      padTexts(texts(...lengths), { contextLength: 20, ...options }).tokenMask.shape[1];
    expect([columns([3, 5]), columns([9, 2])]).toEqual([5, 9]);
    expect([[3, 5], [8], [9, 2], [17]].map((lengths) => columns(lengths, { compile }))).toEqual([
      8, 8, 16, 20,
    ]);
    const { tokenIds, tokenMask } = padTexts(texts(2), { contextLength: 3, compile });
    expect([tokenIds.arraySync(), tokenMask.arraySync()]).toEqual([[[1, 2, 0]], [[1, 1, 0]]]);
  });
});
