/**
 * Constitutional AI from end to end: an instruct model answers harmful requests, criticises and revises its answers by
 * principles, learns from the revisions (SL-CAI), and then from labels by principle on its own answers (RL-CAI). Harm and
 * helpfulness are measured on held-out requests before and after each stage.
 *
 * @see Bai et al. 2022. https://arxiv.org/abs/2212.08073
 */
import { createCompile, startBackend, stopBackend } from "@accord-rl/backend";
import { defaultConstitution, openAnswerCache, readConstitution } from "@accord-rl/feedback";
import type { LoraTransformer } from "@accord-rl/language-model";
import { formatTable, runApp } from "@accord-rl/runs";
import { type Answer, evaluateStage, judge } from "./evaluate-stage.ts";
import { loadJudges } from "./judges.ts";
import { createPrincipleReward, labelers } from "./label.ts";
import { options } from "./options.ts";
import { labelFigures, pairStage, toPairs } from "./pair-stage.ts";
import { ppoStage } from "./ppo-stage.ts";
import { preferStage } from "./prefer-stage.ts";
import { loadPrompts } from "./prompts.ts";
import { plainRefusal } from "./refusal.ts";
import { outcomeRows, report } from "./report.ts";
import { reviseStage, revisionFigures } from "./revise-stage.ts";
import { createSpeaker, loadInstructed } from "./speaker.ts";
import { policyChange, policyFigures, type Summary } from "./summary.ts";
import { tuneStage } from "./tune-stage.ts";

await runApp(options, async (values, run) => {
  const log = (line: string) => run.note(line);
  const { matmulPrecision } = values;
  const backend = await startBackend({ backend: values.backend, tensorflow: { matmulPrecision }, log });
  log(`backend: ${backend.name} (${backend.description})`);
  const compile = createCompile({ onCall: run.profile?.onCall });
  const { random } = run;
  const prompts = await loadPrompts(values, { random: random.fork("prompts"), log });
  const judges = await loadJudges({ random: random.fork("judges"), log });
  const constitution =
    values.constitution === undefined ? defaultConstitution : readConstitution(values.constitution);

  // 1. The model as it is answers, criticises and revises.
  const instructed = await loadInstructed(values.policy, log);
  const cache = openAnswerCache(run.path("answers.jsonl"));
  const voice = { ...instructed, ...values, cache, compile };
  const held = { prompts: prompts.heldOut, judges };
  const base = createSpeaker(instructed.base, "base", voice);
  const answers: Record<string, readonly Answer[]> = {};
  answers.base = await evaluateStage(run, "base", base.text, held, values);
  const revised = await reviseStage(run, { model: base.text, constitution }, prompts, values);

  // 2. SL-CAI: revisions and helpful answers, mixed by λ.
  const weights = [...new Set([...values.weights, values.weight])].sort((a, b) => a - b);
  const nameOf = (weight: number) => `sl-${Math.round(100 * weight)}`; // λ in percent
  let chosen: LoraTransformer | undefined;
  for (const weight of weights) {
    const tuned = await tuneStage(run, nameOf(weight), weight, { ...instructed, compile }, revised, values);
    const { text } = createSpeaker(tuned, nameOf(weight), voice);
    answers[nameOf(weight)] = await evaluateStage(run, nameOf(weight), text, held, values);
    if (weight === values.weight) chosen = tuned;
    else tuned.dispose();
    globalThis.gc?.();
  }

  // 3. RL-CAI: pairs of its own answers, labelled by principle.
  const first = createSpeaker(chosen!, nameOf(values.weight), voice);
  const trained = chosen!.clone();
  const { policy, text } = createSpeaker(trained, "rl", voice);
  const { minimumProbability } = values;
  const parts = {
    model: base.text,
    constitution,
    random: random.fork("labels"),
    ...(minimumProbability !== undefined && { minimumProbability }),
  };
  const requests = [...prompts.redTeam, ...prompts.helpful];
  const pairs =
    values.algorithm === "dpo"
      ? await pairStage(run, first, labelers[values.labeling](parts), requests, voice, values)
      : null;
  if (pairs) {
    await preferStage(run, { policy, reference: first.policy, compile }, toPairs(pairs), values);
  } else {
    const reward = createPrincipleReward(parts);
    await ppoStage(run, { policy, reference: first.policy, trunk: chosen!, reward }, requests, voice, values);
  }
  answers.rl = await evaluateStage(run, "rl", text, held, values);
  cache.close();

  // 4. All of them, and a policy that refuses everything, which must not win.
  const refusing = prompts.heldOut.map(() => plainRefusal);
  answers["always refuses"] = judge("always refuses", prompts.heldOut, refusing, judges, values.answerTokens);
  const bootstrap = random.fork("bootstrap");
  const others = Object.entries(answers).filter(([name]) => name !== "base");
  const summary: Summary = {
    backend: backend.name,
    policy: values.policy,
    preset: values.preset,
    seed: values.seed,
    algorithm: values.algorithm,
    labeling: values.labeling,
    seconds: run.seconds(),
    judges: { harm: judges.harmQuality, refusal: judges.refusalQuality },
    revisions: revisionFigures(revised.revised, judges, bootstrap.fork("revisions")),
    labels: pairs && labelFigures(pairs, judges),
    policies: Object.fromEntries(
      Object.entries(answers).map(([name, own]) => [name, policyFigures(own, bootstrap.fork(name))]),
    ),
    changes: Object.fromEntries(
      others.map(([name, own]) => [name, policyChange(answers.base!, own, bootstrap.fork(`${name} - base`))]),
    ),
    weights: Object.fromEntries(weights.map((weight) => [nameOf(weight), weight])),
  };
  await run.writeSummary(summary);
  await report(run, { summary, answers, revised: revised.revised, options: values });
  log(formatTable(outcomeRows(summary)));
  log(`report: ${run.path("report.html")}`);
});
stopBackend();
