import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { meanOf } from "./mean.ts";

describe("meanOf", () => {
  it("is the sum over the count", () => {
    expect(meanOf([1, 2, 3, 6])).toBe(3);
    expect(meanOf([1, Number.NaN])).toBeNaN();
  });

  it("of equal numbers is that number, whatever it is", () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(number, fc.integer({ min: 1, max: 1000 }), (value, count) => {
        expect(meanOf(Array<number>(count).fill(value)) - value).toBe(0);
      }),
    );
  });
});
