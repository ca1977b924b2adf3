/**
 * RLHF from end to end: a pretrained language model is fine-tuned, a reward model learns what people liked,
 * PPO or another algorithm improves the language model under a KL penalty, and held-out prompts show what changed.
 */
import {
  fineTuneSettings,
  improveSettings,
  policySettings,
  rewardModelSettings,
  taskSettings,
} from "@accord-rl/app-options";
import { createCompile, startBackend, stopBackend } from "@accord-rl/backend";
import { createTextPolicy, createTextValueFunction } from "@accord-rl/language-model";
import {
  evaluate,
  fineTune,
  improve,
  loadPolicy,
  policyNames,
  savePolicy,
  tasks,
  textAlgorithms,
  trainRewardModel,
} from "@accord-rl/recipes";
import { asRewardSource, createRewardModel, lastToken, meanPool } from "@accord-rl/reward-model";
import { formatTable, runApp } from "@accord-rl/runs";
import { options } from "./options.ts";
import { report } from "./report.ts";
import { summarize } from "./summary.ts";

/** There under `node --expose-gc`, as `npm run rlhf` starts it. */
const collectGarbage = () => globalThis.gc?.();

await runApp(options, async (values, run) => {
  const log = (line: string) => run.note(line);
  const { matmulPrecision } = values;
  const backend = await startBackend({ backend: values.backend, tensorflow: { matmulPrecision }, log });
  log(`backend: ${backend.name} (${backend.description})`);
  if (backend.name === "wasm") log("native TensorFlow is several times faster: npx accord-native install");
  const compile = createCompile({ onCall: run.profile?.onCall });

  // The pretrained model and the task.
  const { stopTokens: ends, ...loaded } = await loadPolicy(policySettings(values), log);
  const { model, tokenizer } = loaded;
  const task = await tasks[values.task](taskSettings(values), {
    ...loaded,
    random: run.random.fork("task"),
    log,
    compile,
  });
  const stopTokens = task.stops ? ends : [];
  // Reading the texts leaves some hundred megabytes of strings that V8 would keep.
  collectGarbage();

  // 1. Supervised fine-tuning. What comes of it is the policy to start from, and the reference to stay near.
  const sft = await fineTune(run, { model, compile }, task, fineTuneSettings(values));
  log(`perplexity on held-out ${task.words.texts}: ${sft.before.toFixed(0)} → ${sft.after.toFixed(0)}`);
  const { temperature } = values;
  const reference = createTextPolicy(model, { temperature, stopTokens, compile });

  // 2. The reward model starts from the fine-tuned one.
  const backbone = model.clone();
  const rewardModel = createRewardModel({
    backbone,
    // Of an answer that ends, the end has seen all; of one that is cut off, no token says more than another.
    pooling: task.stops ? lastToken : meanPool,
    random: run.random.fork("reward head"),
    compile,
  });
  const judged = await trainRewardModel(
    run,
    { rewardModel, reference, compile },
    task,
    rewardModelSettings(values),
  );
  log(`reward model: ${(100 * judged.heldOutAccuracy).toFixed(1)} % of held-out pairs right`);
  const reward = asRewardSource(rewardModel);
  collectGarbage();

  // 3. PPO, or another. A value model starts from the reward model: it knows what is worth something.
  const policy = createTextPolicy(model.clone(), { temperature, stopTokens, compile });
  const algorithm = { name: values.algorithm, create: textAlgorithms[values.algorithm] };
  const actors = {
    policy,
    reference,
    values: () => createTextValueFunction(backbone.clone()),
    reward,
    tokenizer,
    compile,
  };
  const { author, ...improved } = await improve(run, algorithm, actors, task, improveSettings(values));

  await savePolicy(policy.model, loaded, run.folder);

  // 4. Before and after, on prompts that nothing was trained on.
  const plainReference = createTextPolicy(model, { temperature: 1, stopTokens });
  const parts = { policy: author, reference, plainReference, reward, tokenizer, compile };
  const samples = await evaluate(run, parts, task);
  improved.dispose();
  const summary = summarize(samples, {
    sft,
    rewardModel: judged,
    alarms: improved.alarms,
    options: values,
    metric: task.words.goldName,
    backend: backend.name,
    seconds: run.seconds(),
    random: run.random.fork("bootstrap"),
  });
  await run.writeSummary(summary);
  await report(run, {
    summary,
    rewardModel: judged,
    alarms: improved.alarms,
    samples,
    options: values,
    words: task.words,
  });

  const { heldOut } = summary;
  log(formatTable(policyNames.map((name) => ({ policy: name, ...heldOut[name] }))));
  const { goldDifference: gain, winRate, lengthControlledWinRate } = heldOut;
  log(
    `gold (${task.words.goldName}), after − before: ${gain.mean.toFixed(3)} (95 %: ${gain.low95.toFixed(3)} to ${gain.high95.toFixed(3)}), at ${heldOut.klNats.toFixed(2)} nats of KL`,
  );
  log(
    `win rate against before: ${(100 * winRate.mean).toFixed(1)} %, at equal length ${(100 * lengthControlledWinRate.mean).toFixed(1)} %`,
  );
  log(`report: ${run.path("report.html")}`);
});
stopBackend();
