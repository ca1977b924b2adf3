/**
 * RLAIF from end to end: a language model labels pairs in place of people. Reward models learn from its labels, from a
 * few human ones and from both; policies learn from the reward models; held-out prompts show what each is worth.
 */
import { fineTuneSettings, policySettings, taskSettings } from "@accord-rl/app-options";
import { createCompile, startBackend, stopBackend } from "@accord-rl/backend";
import { createTextPolicy } from "@accord-rl/language-model";
import { evaluate, fineTune, loadPolicy, loadSentimentTask } from "@accord-rl/recipes";
import { formatTable, runApp } from "@accord-rl/runs";
import { arms } from "./arms.ts";
import { auditStage } from "./audit-stage.ts";
import { dealFeedback } from "./feedback.ts";
import {
  judgeLabels,
  labelStage,
  probabilitiesOf,
  reasonsText,
  requireLabels,
  tokensRead,
} from "./label-stage.ts";
import { loadLabeler } from "./load-labeler.ts";
import { options } from "./options.ts";
import { report } from "./report.ts";
import { differences, policyFigures, type Summary } from "./summary.ts";
import { type ArmResult, samplesOf, trainArm } from "./train-arm.ts";

await runApp(options, async (values, run) => {
  const log = (line: string) => run.note(line);
  const { matmulPrecision } = values;
  const backend = await startBackend({ backend: values.backend, tensorflow: { matmulPrecision }, log });
  log(`backend: ${backend.name} (${backend.description})`);
  const compile = createCompile({ onCall: run.profile?.onCall });

  // The task: people's reviews, with what they thought of the film.
  const { model, tokenizer } = await loadPolicy(policySettings(values), log);
  const sources = { model, tokenizer, random: run.random.fork("task"), log, compile };
  const task = await loadSentimentTask(taskSettings({ ...values, rewardPairs: values.labelPairs }), sources);
  globalThis.gc?.();

  // 1. The labeler judges the pairs, in both orders; people's own labels say how well.
  const { labeler, name, inputTokens, dispose } = await loadLabeler(values, { run, compile, log });
  const labels = await labelStage(run, { labeler, inputTokens, pairs: task.pairs, tokenizer });
  const quality = judgeLabels(labels, { name, inputTokens: tokensRead(run) });
  requireLabels(quality);
  const audit =
    values.auditPairs > 0 ? await auditStage(run, labeler, labels.slice(0, values.auditPairs)) : null;
  dispose();
  log(
    `labeler: ${(100 * quality.accuracy).toFixed(1)} % of ${quality.pairs} pairs as people labelled them (95 %: ${(100 * quality.low95).toFixed(1)} to ${(100 * quality.high95).toFixed(1)})`,
  );
  if (quality.abstained > 0) {
    log(`the labeler abstained from ${quality.abstained} pairs (${reasonsText(quality.reasons)})`);
  }
  const feedback = dealFeedback(task.pairs, probabilitiesOf(labels), values);

  // 2. Fine-tuning: the policy that all go out from, and stay near.
  globalThis.gc?.();
  const sft = await fineTune(run, { model, compile }, task, fineTuneSettings(values));
  log(`perplexity on held-out reviews: ${sft.before.toFixed(0)} → ${sft.after.toFixed(0)}`);
  const reference = createTextPolicy(model, { temperature: values.temperature, compile });
  const plainReference = createTextPolicy(model, { temperature: 1 });
  const start = { policy: reference, reference, plainReference, tokenizer, compile };
  await evaluate(run, { ...start, reward: (all: readonly unknown[]) => all.map(() => 0) }, task, {
    authors: { sft: "reference" },
  });

  // 3. For each kind of feedback a reward model, and a policy.
  const results: Record<string, ArmResult> = {};
  for (const arm of values.arms) {
    const pairs = arms[arm].pairs(feedback);
    const parts = { model, reference, plainReference, tokenizer, task, compile };
    results[arm] = await trainArm(run, arm, pairs, parts, values);
  }

  // 4. All of them on prompts that nothing was trained on.
  const samples = Object.fromEntries(["sft", ...values.arms].map((name) => [name, samplesOf(run, name)]));
  const random = run.random.fork("bootstrap");
  const summary: Summary = {
    backend: backend.name,
    preset: values.preset,
    seed: values.seed,
    seconds: run.seconds(),
    labeler: quality,
    audit,
    policies: policyFigures(samples, results, random),
    differences: differences(samples, random),
  };
  await run.writeSummary(summary);
  await report(run, { summary, labels, samples, results, options: values });
  log(
    formatTable(
      Object.entries(summary.policies).map(([policy, { gold, goldGain, winRateAgainstSft, klNats }]) => ({
        policy,
        gold: gold.mean,
        "gain over sft (95 %)": `${goldGain.mean.toFixed(2)} (${goldGain.low95.toFixed(2)} to ${goldGain.high95.toFixed(2)})`,
        "win rate": winRateAgainstSft.mean,
        "KL, nats": klNats,
      })),
    ),
  );
  log(`report: ${run.path("report.html")}`);
});
stopBackend();
