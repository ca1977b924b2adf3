import { afterEach, expect, it, vi } from "vitest";
import type { TensorFunction } from "./compile.ts";
import { fuse, withFuser } from "./fuse.ts";

const fn = vi.fn<TensorFunction>(() => ({}));
const fused = fuse(fn);
afterEach(() => void fn.mockClear());

it("leaves a function as it is where nothing fuses, and hands it over where something does", () => {
  fused();
  expect(fn).toHaveBeenCalledTimes(1);
  const fuser = vi.fn(() => ({}));
  withFuser(fuser, () => fused());
  expect(fuser).toHaveBeenCalledWith(fn, []);
  expect(fn).toHaveBeenCalledTimes(1);
});

it("goes back to what was before, inside another one and after an error", () => {
  const outer = vi.fn(() => ({}));
  withFuser(outer, () => {
    withFuser(undefined, () => fused());
    expect(fn).toHaveBeenCalledTimes(1);
    fused();
    expect(outer).toHaveBeenCalledTimes(1);
  });
  expect(() =>
    withFuser(outer, () => {
      throw new Error("on the way");
    }),
  ).toThrow("on the way");
  fused();
  expect(fn).toHaveBeenCalledTimes(2);
});
