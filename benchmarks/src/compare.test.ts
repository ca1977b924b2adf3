import { describe, expect, it } from "vitest";
import { alternate, compareTimings } from "./compare.ts";

describe("compareTimings", () => {
  it("takes ratios pair by pair, so that a slow moment of the machine cancels", () => {
    const { ours, peer, ratio } = compareTimings(
      [
        { a: 1, b: 1 },
        { a: 3, b: 1 },
        { a: 2, b: 2 },
      ],
      [
        { a: 2, b: 2 },
        { a: 6, b: 2 },
        { a: 2, b: 6 },
      ],
    );
    expect(ours).toEqual({
      median: 4,
      min: 2,
      max: 4,
      parts: { a: { median: 2, min: 1, max: 3 }, b: { median: 1, min: 1, max: 2 } },
    });
    expect(peer.median).toBe(8);
    expect(ratio).toEqual({
      median: 0.5,
      low: 0.5,
      high: 0.5,
      parts: { a: { median: 0.5, low: 0.5, high: 1 }, b: { median: 0.5, low: 1 / 3, high: 0.5 } },
    });
  });
});

describe("alternate", () => {
  it("runs both sides in turn, and leaves the warm-up out", async () => {
    const order: string[] = [];
    const side = (name: string) => async () => {
      order.push(name);
      return { work: order.length <= 2 ? 100 : 1 };
    };
    const lines: string[] = [];
    const { ours, peer } = await alternate(
      { ours: side("ours"), peer: side("peer") },
      { repetitions: 2, unit: "s", log: (line) => lines.push(line) },
    );
    expect(order).toEqual(["ours", "peer", "peer", "ours", "ours", "peer"]);
    expect([ours, peer]).toEqual([
      [{ work: 1 }, { work: 1 }],
      [{ work: 1 }, { work: 1 }],
    ]);
    expect(lines[0]).toBe("warm-up ours: 100 s");
    expect(lines).toHaveLength(6);
  });

  it("lets each of three begin in turn", async () => {
    const order: string[] = [];
    const side = (name: string) => async () => {
      order.push(name);
      return { work: 1 };
    };
    const sides = { a: side("a"), b: side("b"), c: side("c") };
    await alternate(sides, { repetitions: 3, warmUps: 0, unit: "s", log: () => {} });
    expect(order.join("")).toBe("abcbcacab");
  });
});
