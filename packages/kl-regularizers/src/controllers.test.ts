import { InvalidArgumentError, NonFiniteError } from "@accord-rl/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adaptive, fixed, linearSchedule } from "./controllers.ts";

describe("adaptive", () => {
  // β = .15, target 6, n = 512, horizon 10,000: .15·(1 + e·.0512), e = −.2, 0, 1/6, .2
  it.each([
    [0, 0.148464],
    [6, 0.15],
    [7, 0.15128],
    [12, 0.151536],
    [-3, 0.148464],
  ])("a KL of %d nats moves .15 to %d", (klNats, expected) => {
    const controller = adaptive({ initial: 0.15, target: 6, horizon: 10_000 });
    controller.observe({ klNats, sequences: 512 });
    expect(controller.coefficient).toBeCloseTo(expected, 12);
  });

  it("stays positive, and follows the sign of the error", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -50, max: 500, noNaN: true }), { maxLength: 50 }),
        fc.integer({ min: 1, max: 400 }),
        (measured, sequences) => {
          const controller = adaptive({ initial: 0.1, target: 6, horizon: 1000 });
          for (const klNats of measured) {
            const before = controller.coefficient;
            controller.observe({ klNats, sequences });
            expect(controller.coefficient).toBeGreaterThan(0);
            expect(Math.sign(controller.coefficient - before)).toBe(Math.sign(klNats - 6));
          }
        },
      ),
      { seed: 1, numRuns: 50 },
    );
  });

  it("refuses a batch that could turn the coefficient negative, and a measure that is no number", () => {
    const controller = adaptive({ initial: 0.1, target: 6, horizon: 100 });
    expect(() => controller.observe({ klNats: 20, sequences: 500 })).toThrow(/raise the horizon/);
    expect(() => controller.observe({ klNats: Number.NaN, sequences: 8 })).toThrow(NonFiniteError);
    expect(controller.coefficient).toBe(0.1);
  });
});

describe("the others", () => {
  it("fixed stays", () => {
    const controller = fixed(0.05);
    controller.observe({ klNats: 100, sequences: 64 });
    expect(controller.coefficient).toBe(0.05);
  });

  it("linearSchedule walks a straight line, then stays", () => {
    const controller = linearSchedule({ from: 0.2, to: 0.1, steps: 4 });
    const seen = Array.from({ length: 6 }, () => {
      const before = controller.coefficient;
      controller.observe({ klNats: 1, sequences: 8 });
      return before;
    });
    for (const [index, expected] of [0.2, 0.175, 0.15, 0.125, 0.1, 0.1].entries()) {
      expect(seen[index]).toBeCloseTo(expected, 12);
    }
  });

  it("options that make no sense throw when built", () => {
    expect(() => fixed(-0.1)).toThrow(InvalidArgumentError);
    expect(() => fixed(Number.NaN)).toThrow(
      "fixed: coefficient is NaN, expected a finite number of at least 0",
    );
    expect(() => adaptive({ initial: 0, target: 6 })).toThrow(
      /initial is 0, expected a finite number above 0/,
    );
    expect(() => adaptive({ initial: 0.1, target: -1 })).toThrow(InvalidArgumentError);
    expect(() => linearSchedule({ from: 0.1, to: 0, steps: 0 })).toThrow(InvalidArgumentError);
  });
});

describe("state", () => {
  const makers = {
    fixed: () => fixed(0.1),
    adaptive: () => adaptive({ initial: 0.15, target: 6 }),
    linearSchedule: () => linearSchedule({ from: 0.2, to: 0, steps: 7 }),
  };

  it.each(Object.entries(makers))("%s goes on where it stopped, through JSON", async (_, make) => {
    const [first, second] = [make(), make()];
    for (const klNats of [9, 2, 7.3]) first.observe({ klNats, sequences: 64 });
    second.restore(JSON.parse(JSON.stringify(await first.state())));
    expect(second.coefficient).toBe(first.coefficient);
    for (const controller of [first, second]) controller.observe({ klNats: 11, sequences: 64 });
    expect(second.coefficient).toBe(first.coefficient);
  });

  it("of another controller is refused and changes nothing", async () => {
    const controller = makers.adaptive();
    await expect(async () => controller.restore(await makers.linearSchedule().state())).rejects.toThrow(
      /the state is of "linearSchedule", expected "adaptive"/,
    );
    expect(() => controller.restore({ tensors: {}, json: null })).toThrow(InvalidArgumentError);
    expect(controller.coefficient).toBe(0.15);
  });
});
