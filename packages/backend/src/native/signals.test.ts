import { readdirSync, readFileSync } from "node:fs";
import * as tf from "@tensorflow/tfjs-core";
import { expect, it } from "vitest";
import { describeOwnAddon } from "../__fixtures__/own-binding.ts";
import { runSource } from "../__fixtures__/run-source.ts";

describeOwnAddon("signals", () => {
  // On processors whose best vectors are AVX2's, oneDNN computes this product on a stack inside the heap.
  it("leave the memory whole when they arrive while TensorFlow computes", () => {
    const { status, stdout } = runSource(`
      import { Worker } from "node:worker_threads";
      import { startBackend } from "@accord-rl/backend";
      import * as tf from "@tensorflow/tfjs-core";
      await startBackend({ backend: "native" });
      let handled = 0;
      process.on("SIGWINCH", () => handled++);
      const many = "setInterval(() => { for (let i = 0; i < 20; i++) process.kill(process.pid, 'SIGWINCH'); }, 1)";
      const sender = new Worker(many, { eval: true });
      const [left, right] = [tf.ones([256, 256]), tf.ones([64, 256])];
      const end = Date.now() + 2500;
      while (Date.now() < end) {
        for (let i = 0; i < 50; i++) tf.matMul(left, right, false, true).dispose();
        await new Promise((resolve) => setImmediate(resolve));
      }
      const [first] = tf.matMul(left, right, false, true).dataSync();
      await sender.terminate();
      console.log(first, handled > 0);
    `);
    expect({ status, stdout }).toEqual({ status: 0, stdout: "256 true\n" });
  });

  it.skipIf(process.platform !== "linux")("are kept off TensorFlow's threads", () => {
    tf.tidy(() => tf.matMul(tf.ones([256, 512]), tf.ones([512, 256])).dataSync());
    const interrupt = 2n;
    const threads = readdirSync("/proc/self/task").flatMap((id) => {
      const status = readFileSync(`/proc/self/task/${id}/status`, "utf8");
      const [, name] = /^Name:\s*(.*)$/m.exec(status)!;
      const [, blocked] = /^SigBlk:\s*(.*)$/m.exec(status)!;
      return name!.startsWith("tf_") ? [(BigInt(`0x${blocked}`) & interrupt) !== 0n] : [];
    });
    expect(threads.length).toBeGreaterThan(0);
    expect(threads.every(Boolean)).toBe(true);
  });
});
