import { disposeRollout, type Stats } from "@accord-rl/core";
import {
  createAcrobot,
  createCartPole,
  createStepCollector,
  evaluateEpisodes,
} from "@accord-rl/environments";
import { mean } from "@accord-rl/evaluation";
import type { ControlTaskName } from "../control/control-algorithm.ts";
import { controlAlgorithms } from "../control/index.ts";
import { loadControlAlgorithm } from "../load-algorithm.ts";
import type { Task, TaskContext } from "./task.ts";

const games = {
  cartpole: {
    title: "CartPole-v1",
    create: createCartPole,
    best: 500,
    goal: "A pole is kept upright on a cart; the reward is the number of steps, at most 500.",
  },
  acrobot: {
    title: "Acrobot-v1",
    create: createAcrobot,
    best: undefined,
    goal: "Two links are swung up by the joint between them; the reward is −1 for each step, at most 500 of them.",
  },
} as const;

/** Rows of metrics.jsonl: many updates are one row where they are small. */
const rows = 200;
/** Environments that the last policy is evaluated in at a time. */
const evaluationEnvironments = 10;

const averages = (all: readonly Stats[]): Stats => {
  const names = [...new Set(all.flatMap((stats) => Object.keys(stats)))];
  return Object.fromEntries(
    names.map((name) => [
      name,
      mean(all.flatMap((stats) => (stats[name] === undefined ? [] : [stats[name]]))),
    ]),
  );
};

const train = async (name: ControlTaskName, { job, run, backend, compile }: TaskContext) => {
  const { create } = games[name];
  const { observationShape, actions } = create();
  const build = await loadControlAlgorithm(job);
  const { algorithm, environment, rolloutSteps, steps, evaluated } = build({
    task: name,
    environment: (size) => create({ size }),
    observationShape,
    actions,
    steps: job.options.steps,
    random: run.random.fork("algorithm"),
    compile,
  });
  const collector = createStepCollector({
    actor: algorithm.actor,
    environment,
    random: run.random.fork("acting"),
  });
  const updates = Math.ceil(steps / (rolloutSteps * environment.size));
  const updatesPerRow = Math.ceil(updates / rows);
  await run.stage("training", { parts: { algorithm } }, (stage) =>
    stage.loop({
      steps: Math.ceil(updates / updatesPerRow),
      parts: { collector },
      every: Math.ceil(updates / updatesPerRow / 8),
      body: async (index) => {
        const all: Stats[] = [];
        const rewards: number[] = [];
        for (
          let update = index * updatesPerRow;
          update < Math.min(updates, (index + 1) * updatesPerRow);
          update++
        ) {
          const { rollout, episodes } = await collector.collect(rolloutSteps);
          all.push(await algorithm.update(rollout));
          disposeRollout(rollout);
          rewards.push(...episodes.map(({ reward }) => reward));
        }
        return {
          ...averages(all),
          ...(rewards.length > 0 && { return: mean(rewards), episodes: rewards.length }),
        };
      },
    }),
  );
  const seconds = run.seconds().training!;
  const finalReturn = await run.stage("evaluation", async (stage) => {
    const { evaluationEpisodes: count } = job.options;
    const episodes = await evaluateEpisodes({
      actor: evaluated ?? algorithm.actor,
      environment: create({ size: Math.min(evaluationEnvironments, count) }),
      episodes: count,
      random: stage.random,
    });
    return mean(episodes.map(({ reward }) => reward));
  });
  return { backend, finalReturn, steps: updates * rolloutSteps * environment.size, seconds };
};

export const controlTask = (name: ControlTaskName): Task => {
  const { title, goal, best } = games[name];
  return {
    title,
    returnLabel: "reward of an episode",
    stepLabel: "environment steps",
    description: `${goal} The final return is the mean over episodes of the last policy; no checkpoint is picked.`,
    algorithms: Object.keys(controlAlgorithms),
    ...(best !== undefined && { best }),
    hasSmallNetworks: true,
    curve: { stage: () => "training", metric: "return" },
    train: (context) => train(name, context),
  };
};
