/** What a run says after a number that is not finite, followed to the letter. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGradientLearner, sgd } from "@accord-rl/learning";
import { parametersState, restoreParameters } from "@accord-rl/math";
import { defineOptions, runApp } from "@accord-rl/runs";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "accord-advice-"));
});
afterEach(() => {
  process.exitCode = undefined;
  rmSync(parent, { recursive: true, force: true });
});

const define = (mayChange: readonly "learningRate"[]) =>
  defineOptions({
    name: "shrink",
    description: "Minimises w².",
    schema: z.object({ learningRate: z.coerce.number().default(10) }),
    mayChange,
    presets: { only: { description: "all", values: {} } },
    defaultPreset: "only",
  });

/** w ← w − α·2w: with α = 10 it grows 19 times a step, and the square of its gradient overflows in step 16. A checkpoint every four steps. */
const run = async (argv: readonly string[], mayChange: readonly "learningRate"[] = ["learningRate"]) => {
  const parameters = { w: tf.variable(tf.scalar(1)) };
  const model = {
    parameters,
    state: async () => ({ tensors: await parametersState(parameters), json: null }),
    restore: ({ tensors }: { readonly tensors: Parameters<typeof restoreParameters>[1] }) =>
      restoreParameters(parameters, tensors, "shrink.restore"),
  };
  let [out, errors] = ["", ""];
  const code = await runApp(
    define(mayChange),
    async ({ learningRate }, opened) => {
      const learner = createGradientLearner({
        name: "shrink",
        model: { model },
        optimizer: sgd({ learningRate }),
        prepare: (batch: object) => [batch],
        loss: () => ({ loss: tf.square(parameters.w) }),
      });
      await opened.stage("train", { parts: { learner } }, ({ loop }) =>
        loop({ steps: 40, every: 4, body: () => learner.update({}) }),
      );
      learner.dispose();
    },
    { argv, output: { write: (text) => (out += text) }, errorOutput: { write: (text) => (errors += text) } },
  );
  const w = parameters.w.dataSync()[0]!;
  parameters.w.dispose();
  return { code, out, errors, w };
};

test("a lower learning rate goes on from the last checkpoint, and stays lower", async () => {
  const folder = join(parent, "run");
  const failed = await run(["--out", folder]);
  expect(failed.code).toBe(1);
  expect(failed.errors).toMatch(/shrink: gradientNorm is Infinity at step 15/);
  const [, flag, command] =
    /^To go on from the last checkpoint, give a lower (--learning-rate): npm run shrink -- (.*)$/m.exec(
      failed.errors,
    ) ?? [];
  const again = command!.split(" ");

  const unchanged = await run(again);
  expect(unchanged.errors).toBe(failed.errors);

  const followed = await run([...again, flag!, "0.4"]);
  expect(followed).toMatchObject({ code: 0, errors: "" });
  expect(followed.out).toContain(
    "note: learningRate was 10, now 0.4; the run goes on with it, and is no longer the one that either value gives from the start",
  );
  // 19¹² after the checkpoint at step 12, then 28 times w ← 0.2·w.
  expect(followed.w / (19 ** 12 * 0.2 ** 28)).toBeCloseTo(1, 4);
  expect(readFileSync(join(folder, "config.yaml"), "utf8")).toContain("learningRate: 0.4");

  const later = await run(again);
  expect(later.code).toBe(0);
  expect(later.out).not.toContain("note:");
});

test("where no rate can change, the advice is a new run", async () => {
  const folder = join(parent, "run");
  const failed = await run(["--out", folder], []);
  expect(failed.errors).toContain("start a new run with others, in another --out");
  expect(failed.errors).not.toContain("--resume");
  const other = await run(["--out", join(parent, "other"), "--learning-rate", "0.4"], []);
  expect(other.code).toBe(0);
});
