import { createA2c } from "@accord-rl/a2c";
import {
  type Actor,
  type Algorithm,
  type Compile,
  type ControlObservations,
  disposeRollout,
  type Parameters,
  type Random,
  type Rollout,
} from "@accord-rl/core";
import { createCartPole, createStepCollector } from "@accord-rl/environments";
import { adam, rmsProp } from "@accord-rl/learning";
import { createMlpPolicy, createMlpQFunction, createMlpValueFunction } from "@accord-rl/policy";
import { stepRows } from "@accord-rl/policy-gradient";
import { createPpo } from "@accord-rl/ppo";
import { createDqn, epsilonGreedy, hardTarget, uniformReplay } from "@accord-rl/q-learning";
import { observationWidth } from "../mlp-work.ts";
import { type AlgorithmName, settings } from "./settings.ts";

interface Learner {
  readonly algorithm: Algorithm<Actor, Rollout<ControlObservations>>;
  readonly networks: readonly { readonly parameters: Parameters; dispose(): void }[];
}
interface Tools {
  readonly random: Random;
  readonly compile: Compile;
}

const actorAndCritic = (hiddenWidths: readonly number[], random: Random) => {
  const net = { observationShape: [observationWidth], hiddenWidths, random: random.fork("weights") };
  return { policy: createMlpPolicy({ ...net, actions: 2 }), values: createMlpValueFunction(net) };
};

/** As their users would build them. */
const builders: Readonly<Record<AlgorithmName, (tools: Tools) => Learner>> = {
  ppo: ({ random, compile }) => {
    const { environments, rolloutSteps, minibatch, epochs, gaeLambda, discount, clipEpsilon, ...rest } =
      settings.ppo;
    const { learningRate, epsilon, maxGradientNorm, hiddenWidths } = rest;
    const { policy, values } = actorAndCritic(hiddenWidths, random);
    const minibatches = (environments * rolloutSteps) / minibatch;
    return {
      networks: [policy, values],
      algorithm: createPpo({
        policy,
        values,
        optimizer: adam({ learningRate, epsilon, maxGradientNorm }),
        random: random.fork("minibatches"),
        rows: stepRows,
        compile,
        options: {
          epochs,
          minibatches,
          gaeLambda,
          discount,
          clipEpsilon,
          valueClipEpsilon: null,
          valueCoefficient: 1,
          whitening: { scope: "minibatch" },
        },
      }),
    };
  },
  a2c: ({ random, compile }) => {
    const { discount, learningRate, decay, epsilon, maxGradientNorm, hiddenWidths } = settings.a2c;
    const { policy, values } = actorAndCritic(hiddenWidths, random);
    return {
      networks: [policy, values],
      algorithm: createA2c({
        policy,
        values,
        optimizer: rmsProp({ learningRate, decay, epsilon, maxGradientNorm }),
        rows: stepRows,
        compile,
        options: { discount, gaeLambda: 1, valueCoefficient: 1, whitening: null },
      }),
    };
  },
  dqn: ({ random, compile }) => {
    const { gradientSteps, minibatch, discount, bufferSize, learningStarts, finalExploration, ...rest } =
      settings.dqn;
    const { learningRate, epsilon, maxGradientNorm, hiddenWidths } = rest;
    const q = createMlpQFunction({
      observationShape: [observationWidth],
      hiddenWidths,
      actions: 2,
      random: random.fork("weights"),
    });
    return {
      networks: [q],
      algorithm: createDqn({
        q,
        optimizer: adam({ learningRate, epsilon, maxGradientNorm }),
        random: random.fork("minibatches"),
        exploration: epsilonGreedy({ epsilon: finalExploration }),
        replay: uniformReplay({ capacity: bufferSize }),
        // The peer copies every 10 environment steps, and takes its gradient steps all at once: one copy each time.
        target: hardTarget({ every: gradientSteps }),
        compile,
        options: { discount, batchSize: minibatch, gradientSteps, learningStarts },
      }),
    };
  },
};

/** An algorithm of ours in CartPole, which goes on where its last slice ended. */
export const createOurLearner = (name: AlgorithmName, tools: Tools) => {
  const { environments, rolloutSteps, slice } = settings[name];
  const { algorithm, networks } = builders[name](tools);
  const collector = createStepCollector({
    actor: algorithm.actor,
    environment: createCartPole({ size: environments }),
    random: tools.random.fork("acting"),
  });
  return {
    parameters: networks
      .flatMap(({ parameters }) => Object.values(parameters))
      .reduce((sum, variable) => sum + variable.size, 0),
    /** @returns seconds of one slice */
    learn: async (): Promise<number> => {
      const start = performance.now();
      for (let steps = 0; steps < slice; steps += environments * rolloutSteps) {
        const { rollout } = await collector.collect(rolloutSteps);
        await algorithm.update(rollout);
        disposeRollout(rollout);
      }
      return (performance.now() - start) / 1000;
    },
    dispose: () => {
      algorithm.dispose();
      for (const network of networks) network.dispose();
    },
  };
};
