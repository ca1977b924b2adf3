export { createAcrobot } from "./acrobot.ts";
export { createCartPole } from "./cart-pole.ts";
export { type CollectedText, type CollectTextOptions, collectText } from "./collect-text.ts";
export type { ControlOptions } from "./control.ts";
export type { Episode } from "./episodes.ts";
export { evaluateEpisodes } from "./evaluate-episodes.ts";
export { type LoggedResponse, loggedRollout } from "./logged-rollout.ts";
export type { LooseEnvironment } from "./loose-environment.ts";
export { createMountainCar } from "./mountain-car.ts";
export { type CheckedScores, type MissingEnd, scoreSamples, tokenRewards } from "./scores.ts";
export { createStepCollector, type StepCollector } from "./step-collector.ts";
export { type TextRolloutInputs, textRollout } from "./text-rollout.ts";
export {
  describeTokenPolicy,
  enumerateResponses,
  solveGibbs,
  solveTokenKl,
  type TokenMdp,
  type TokenSolution,
} from "./token-mdp.ts";
export { createBanditEnvironment, createIdentityEnvironment } from "./toy-environments.ts";
