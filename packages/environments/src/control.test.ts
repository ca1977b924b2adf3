import { createRandom } from "@accord-rl/core";
import { expect, test } from "vitest";
import { createCartPole } from "./index.ts";

test("a random policy keeps the pole up for 22.5 ± 12.2 steps", () => {
  const size = 64;
  const environment = createCartPole({ size });
  const random = createRandom(0);
  environment.reset(random.fork("environment"));
  const running = new Int32Array(size);
  const lengths: number[] = [];
  while (lengths.length < 4000) {
    const { terminated } = environment.step(Int32Array.from({ length: size }, () => random.integer(2)));
    for (let row = 0; row < size; row++) {
      running[row]! += 1;
      if (terminated[row] === 0) continue;
      lengths.push(running[row]!);
      running[row] = 0;
    }
  }
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  const variance = lengths.reduce((sum, length) => sum + (length - mean) ** 2, 0) / lengths.length;
  // Standard error of the mean 0.19, of the deviation about 0.2; the window's bias to short episodes is below 0.2.
  expect(Math.abs(mean - 22.5)).toBeLessThan(0.7);
  expect(Math.abs(Math.sqrt(variance) - 12.2)).toBeLessThan(0.8);
});
