import * as tf from "@tensorflow/tfjs-core";
import { describe, expect, it, vi } from "vitest";
import { stopBackend } from "./stop-backend.ts";

describe("stopBackend", () => {
  it("destroys WebGPU's device, once", async () => {
    const before = tf.getBackend();
    const device = { destroy: vi.fn() };
    const dispose = vi.fn();
    tf.registerBackend("webgpu", () => Object.assign(new tf.KernelBackend(), { device, dispose }));
    await tf.setBackend("webgpu");
    await tf.setBackend(before);
    stopBackend();
    stopBackend();
    expect([device.destroy.mock.calls.length, dispose.mock.calls.length]).toEqual([1, 1]);
    expect(tf.findBackend("webgpu")).toBeNull();
  });

  it("leaves other backends", () => {
    stopBackend();
    expect(tf.tidy(() => [...tf.add(tf.ones([2]), 1).dataSync()])).toEqual([2, 2]);
  });
});
