import { improveSettings, rewardModelSettings } from "@accord-rl/app-options";
import type { Compile, PreferencePair, Tokenizer } from "@accord-rl/core";
import type { Alarm } from "@accord-rl/evaluation";
import {
  createTextPolicy,
  createTextValueFunction,
  type TextPolicy,
  type Transformer,
} from "@accord-rl/language-model";
import {
  evaluate,
  type HeldOutSample,
  improve,
  type Task,
  textAlgorithms,
  trainRewardModel,
} from "@accord-rl/recipes";
import { asRewardSource, createRewardModel, meanPool } from "@accord-rl/reward-model";
import type { Run } from "@accord-rl/runs";
import { type Arm, type ArmName, arms } from "./arms.ts";
import type { Options } from "./options.ts";

/** What every arm goes out from. */
export interface ArmSources {
  readonly model: Transformer;
  readonly reference: TextPolicy;
  readonly plainReference: TextPolicy;
  readonly tokenizer: Tokenizer;
  readonly task: Task;
  readonly compile: Compile;
}

export interface ArmResult {
  readonly rewardAccuracy: number;
  /** Pairs that its reward model learned from. */
  readonly pairs: number;
  /** What the monitors of reward hacking found while its policy learned. */
  readonly alarms: readonly Alarm[];
}

/** The same run, whose stages stand under a name: `rlaif reward model`, and so on. */
const within = (run: Run, name: string): Run => ({
  ...run,
  stage: ((stage: string, ...rest: Parameters<Run["stage"]> extends [string, ...infer R] ? R : never) =>
    run.stage(`${name}-${stage}`, ...rest)) as Run["stage"],
});

/** A reward model from the arm's labels, a policy from the reward model, and its answers to the held-out prompts. */
export const trainArm = async (
  run: Run,
  name: ArmName,
  pairs: readonly PreferencePair[],
  { model, reference, plainReference, tokenizer, task, compile }: ArmSources,
  options: Options,
): Promise<ArmResult> => {
  const { algorithm = options.algorithm }: Arm = arms[name];
  const own = within(run, name);
  const random = run.random.fork("arm"); // the same for all: they differ in their labels alone
  const backbone = model.clone();
  const rewardModel = createRewardModel({
    backbone,
    pooling: meanPool,
    random: random.fork("reward head"),
    compile,
  });
  const judged = await trainRewardModel(
    own,
    { rewardModel, reference, compile },
    { ...task, pairs },
    { ...rewardModelSettings(options), feedback: "pairs", examples: options.rewardExamples },
  );
  run.note(`${name}: reward model ${(100 * judged.heldOutAccuracy).toFixed(1)} % of held-out pairs right`);
  const reward = asRewardSource(rewardModel);
  const policy = createTextPolicy(model.clone(), { temperature: options.temperature, compile });
  const values = () => createTextValueFunction(backbone.clone());
  const { author, alarms, dispose } = await improve(
    own,
    { name: algorithm, create: textAlgorithms[algorithm] },
    { policy, reference, values, reward, tokenizer, compile },
    task,
    improveSettings(options),
  );
  const parts = { policy: author, reference, plainReference, reward, tokenizer, compile };
  await evaluate(own, parts, task, { authors: { [name]: "policy" } });
  dispose();
  policy.dispose();
  rewardModel.dispose();
  globalThis.gc?.();
  return { rewardAccuracy: judged.heldOutAccuracy, pairs: pairs.length, alarms };
};

/** Answers of one policy to the held-out prompts. */
export const samplesOf = (run: Run, policy: string): HeldOutSample[] =>
  (run.samples() as unknown as HeldOutSample[]).filter(
    (sample) => sample.split === "heldOut" && sample.policy === policy,
  );
