import { type Actor, type Random, requireCount } from "@accord-rl/core";

import { createActing, requireFiniteRewards } from "./acting.ts";
import { createRunningEpisodes, type Episode } from "./episodes.ts";
import { type LooseEnvironment, readEnvironment } from "./loose-environment.ts";

/**
 * Plays exactly N episodes and gives their rewards and lengths.
 *
 * Which episodes count is settled before they are played: environment i of B counts its first ⌈(N − i)/B⌉ ones. The
 * first N to end would not do, since short episodes end first.
 *
 * @param options.environment  started anew; one of its own, so that training's episodes go on.
 * @param options.episodes     N.
 * @param options.random       the same one gives the same starts.
 * @returns N episodes, those of one environment together, each in the order it was played.
 */
export const evaluateEpisodes = async (options: {
  readonly actor: Actor;
  readonly environment: LooseEnvironment;
  readonly episodes: number;
  readonly random: Random;
}): Promise<readonly Episode[]> => {
  const { actor, episodes: N, random } = options;
  const environment = readEnvironment(options.environment);
  const { size: B } = environment;
  requireCount("evaluateEpisodes", "episodes", N);
  const act = createActing(actor, environment);
  const running = createRunningEpisodes(B);
  const played = Array.from({ length: B }, (): Episode[] => []);
  const quota = played.map((_, row) => Math.max(0, Math.ceil((N - row) / B)));
  let missing = N;
  let seen = environment.reset(random.fork("environment"));
  for (let t = 0; missing > 0; t++) {
    const { actions } = await act(seen, random);
    const { observations, rewards, terminated, truncated } = environment.step(actions);
    requireFiniteRewards(rewards, environment, t);
    for (let row = 0; row < B; row++) {
      const hasEnded = terminated[row] === 1 || truncated[row] === 1;
      const episode = running.count(row, rewards[row]!, hasEnded);
      if (!episode || played[row]!.length === quota[row]) continue;
      played[row]!.push(episode);
      missing -= 1;
    }
    seen = observations;
  }
  return played.flat();
};
