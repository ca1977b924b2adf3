import {
  type Compile,
  disposeRollout,
  interpret,
  type PreferencePair,
  type RatedText,
} from "@accord-rl/core";
import { batches } from "@accord-rl/data";
import { type LoggedResponse, loggedRollout } from "@accord-rl/environments";
import { createTextPolicy, type TextPolicy } from "@accord-rl/language-model";
import { adamW, cosineSchedule } from "@accord-rl/learning";
import type { Run } from "@accord-rl/runs";
import type { LoggedAlgorithm } from "../algorithms/logged-algorithm.ts";
import type { Task } from "../tasks/task.ts";
import type { Improved } from "./improve.ts";

export interface LoggedSettings {
  /** Responses per update. */
  readonly batchSize?: number;
  /** Responses in one forward pass. */
  readonly microBatchSize?: number;
  /** Values start from nothing, on top of a model that stays: they can be learned fast. */
  readonly learningRate?: number;
  /** β, for algorithms that have one. */
  readonly beta?: number;
  /** Of the author that comes of it. */
  readonly temperature?: number;
}

export const loggedDefaults = {
  batchSize: 32,
  microBatchSize: 8,
  learningRate: 1e-4,
  beta: 0.7,
  temperature: 0.7,
} as const satisfies LoggedSettings;

/** The reviews that the reward model learns from, as responses to their own openings: 1 = liked, −1 = not. */
const loggedReviews = ({ pairs, ratings, promptTokens, responseTokens }: Task): LoggedResponse[] => {
  const rated: RatedText[] = [
    ...pairs.flatMap(({ preferred, rejected }: PreferencePair) => [
      { tokens: preferred, rating: 1 },
      { tokens: rejected, rating: 0 },
    ]),
    ...ratings,
  ];
  return rated
    .filter(({ tokens }) => tokens.length > promptTokens)
    .map(({ tokens, rating }) => ({
      prompt: Array.from(tokens).slice(0, promptTokens),
      response: Array.from(tokens).slice(promptTokens, promptTokens + responseTokens),
      reward: 2 * rating - 1,
    }));
};

/** Learns from what people wrote and how it was rated, each review once. Nothing is sampled, and the reward model is not asked. */
export const learnFromLogged = async (
  run: Run,
  { name, create }: { readonly name: string; readonly create: LoggedAlgorithm },
  { policy, compile = interpret }: { readonly policy: TextPolicy; readonly compile?: Compile },
  task: Task,
  settings: LoggedSettings = {},
): Promise<Improved> => {
  const random = run.random.fork(name);
  const {
    batchSize: size,
    microBatchSize,
    learningRate,
    beta,
    temperature,
  } = {
    ...loggedDefaults,
    ...settings,
  };
  const reviews = loggedReviews(task);
  const steps = Math.ceil(reviews.length / size);
  const { algorithm } = create({
    model: policy.model,
    createAuthor: (guide) => createTextPolicy(policy.model, { temperature, guide, compile }),
    beta,
    optimizer: (stepsPerIteration) =>
      adamW({
        learningRate: cosineSchedule({
          from: learningRate,
          to: 0.1 * learningRate,
          steps: steps * stepsPerIteration,
        }),
        weightDecay: 0,
        maxGradientNorm: 1,
      }),
    microBatchSize,
    random,
    compile,
  });
  await run.stage(name, { parts: { algorithm } }, async (stage) => {
    const logged = batches(reviews, size, random.fork("reviews"));
    await stage.loop({
      steps,
      parts: { logged },
      every: Math.max(2, Math.round(steps / 8)),
      body: async () => {
        const { promptTokens: promptLength, responseTokens: responseLength } = task;
        const rollout = loggedRollout(logged.next(), { promptLength, responseLength });
        const stats = await algorithm.update(rollout);
        disposeRollout(rollout);
        return stats;
      },
    });
  });
  return { author: algorithm.actor, samples: steps * size, alarms: [], dispose: algorithm.dispose };
};
