/**
 * A token language so small that everything about it can be computed: V tokens, responses of exactly T tokens, a
 * known reference policy and a known reward.
 */
export interface TokenMdp {
  /** V. */
  readonly vocabularySize: number;
  /** T. */
  readonly length: number;
  /** V probabilities of the next token under the reference. */
  reference(prefix: readonly number[]): readonly number[];
  /** Of a whole response. */
  reward(response: readonly number[]): number;
}

/** What a policy does in the whole of a token language. */
export interface TokenSolution {
  /** V^T responses, the last token fastest. */
  readonly responses: readonly (readonly number[])[];
  /** V^T: probability of each response. */
  readonly probabilities: readonly number[];
  /** J = E reward − β·KL(π‖π_ref), with the KL of whole responses. */
  readonly objective: number;
  /** Nats per response. */
  readonly klNats: number;
  /** V probabilities of the next token. */
  policy(prefix: readonly number[]): readonly number[];
}

/** All responses, the last token fastest: 00, 01, 10, 11 for two tokens of two. */
export const enumerateResponses = ({ vocabularySize, length }: TokenMdp): number[][] => {
  const extend = (prefixes: number[][]): number[][] =>
    prefixes.flatMap((prefix) => Array.from({ length: vocabularySize }, (_, token) => [...prefix, token]));
  return Array.from({ length }).reduce<number[][]>(extend, [[]]);
};

/** Π_t π(y_t | y_<t). */
const probabilityOf = (policy: TokenSolution["policy"], response: readonly number[]): number =>
  response.reduce((product, token, t) => product * policy(response.slice(0, t))[token]!, 1);

const dot = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, value, i) => sum + value * y[i]!, 0);

/** What any policy does in the whole of a token language, such as one that was learned. */
export const describeTokenPolicy = (
  mdp: TokenMdp,
  policy: TokenSolution["policy"],
  { beta }: { beta: number },
): TokenSolution => {
  const responses = enumerateResponses(mdp);
  const probabilities = responses.map((response) => probabilityOf(policy, response));
  const logRatios = responses.map((response, i) =>
    probabilities[i] === 0 ? 0 : Math.log(probabilities[i]! / probabilityOf(mdp.reference, response)),
  );
  const rewards = responses.map((response) => mdp.reward(response));
  const klNats = dot(probabilities, logRatios);
  return { responses, probabilities, objective: dot(probabilities, rewards) - beta * klNats, klNats, policy };
};

/** ref·exp(q/β), normalised, with the log of the normaliser; safe for large q/β. */
const tilt = (reference: readonly number[], q: readonly number[], beta: number) => {
  const highest = Math.max(...q);
  const weights = reference.map((probability, token) => probability * Math.exp((q[token]! - highest) / beta));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    probabilities: weights.map((weight) => weight / total),
    softValue: highest + beta * Math.log(total),
  };
};

type Backup = (state: { reference: readonly number[]; q: readonly number[]; beta: number }) => {
  probabilities: readonly number[];
  value: number;
};

/** Dynamic programming from the last token backwards; `backup` says what a state's value is. */
const solve = (mdp: TokenMdp, beta: number, backup: Backup): TokenSolution => {
  const visit = (prefix: readonly number[]): ReturnType<Backup> => {
    const children = Array.from({ length: mdp.vocabularySize }, (_, token) => [...prefix, token]);
    const q = children.map((child) => (child.length === mdp.length ? mdp.reward(child) : visit(child).value));
    return backup({ reference: mdp.reference(prefix), q, beta });
  };
  return describeTokenPolicy(mdp, (prefix) => visit(prefix).probabilities, { beta });
};

/**
 * The optimum of E reward − β·KL(π‖π_ref), the KL taken over whole responses.
 *
 *   π*(y) ∝ π_ref(y)·exp(reward(y)/β),   V(s) = β·log Σ_a π_ref(a|s)·exp(V(s,a)/β),   J = V(∅)
 *
 * What k1 in the reward with rewards-to-go must reach.
 */
export const solveGibbs = (mdp: TokenMdp, { beta }: { beta: number }): TokenSolution =>
  solve(mdp, beta, ({ reference, q }) => {
    const { probabilities, softValue } = tilt(reference, q, beta);
    return { probabilities, value: softValue };
  });

/**
 * The fixed point of a token KL in the loss, where the distribution over states is held fixed.
 *
 *   π(a|s) ∝ π_ref(a|s)·exp(Q(s,a)/β),   Q(s,a) = E_π reward, without the KL of later tokens
 *
 * It differs from the Gibbs optimum as soon as responses have two tokens.
 */
export const solveTokenKl = (mdp: TokenMdp, { beta }: { beta: number }): TokenSolution =>
  solve(mdp, beta, ({ reference, q }) => {
    const { probabilities } = tilt(reference, q, beta);
    return { probabilities, value: dot(probabilities, q) };
  });
