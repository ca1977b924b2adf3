import { InvalidArgumentError, ShapeError } from "@accord-rl/core";
import { checkGradients, expectNoLeak } from "@accord-rl/testing";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import golden from "./__fixtures__/losses.json" with { type: "json" };
import {
  dpoLoss,
  ipoLoss,
  ktoLoss,
  orpoLoss,
  type PairLosses,
  type ReferencedScores,
  simPoLoss,
} from "./index.ts";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const pairLosses = { dpoLoss, ipoLoss, simPoLoss, orpoLoss };
type PairLoss = (inputs: {
  preferred: ReferencedScores;
  rejected: ReferencedScores;
  probabilities: Tensor1D;
  margins: Tensor1D;
}) => PairLosses;

interface Side {
  readonly logProbs: number[] | Tensor1D;
  readonly reference?: number[];
  readonly lengths?: number[];
}
const scores = ({ logProbs, reference, lengths }: Side): ReferencedScores => {
  const tensor = logProbs instanceof tf.Tensor ? logProbs : tf.tensor1d(logProbs);
  const zeros = Array<number>(tensor.size).fill(0);
  return {
    logProbs: tensor,
    referenceLogProbs: tf.tensor1d(reference ?? zeros),
    lengths: tf.tensor1d(lengths ?? zeros.map(() => 1)),
  };
};
const evaluate = (
  loss: PairLoss,
  preferred: Side,
  rejected: Side,
  { probabilities, margins }: { probabilities?: number[]; margins?: number[] } = {},
): PairLosses => {
  const pair = { preferred: scores(preferred), rejected: scores(rejected) };
  const N = pair.preferred.logProbs.size;
  return loss({
    ...pair,
    probabilities: tf.tensor1d(probabilities ?? Array(N).fill(1)),
    margins: tf.tensor1d(margins ?? Array(N).fill(0)),
  });
};

describe("by hand", () => {
  test("DPO: −log σ(βΔ), β = .1", () => {
    // Δ = (−1 − −4) − (−6 − −4) = 5; the other way round −5; σ(.5) = .622459.
    const { losses, preferredRewards, rejectedRewards } = evaluate(
      dpoLoss(),
      { logProbs: [-1, -6], reference: [-4, -4] },
      { logProbs: [-6, -1], reference: [-4, -4] },
    );
    expect(losses).toBeAllClose([0.474077, 0.974077]);
    expect(preferredRewards).toBeAllClose([0.3, -0.2]);
    expect(rejectedRewards).toBeAllClose([-0.2, 0.3]);
  });

  test("conservative DPO: .9·.474077 + .1·.974077; a margin of .5 undoes βΔ = .5", () => {
    const [better, worse] = [{ logProbs: [5] }, { logProbs: [0] }];
    expect(evaluate(dpoLoss({ labelSmoothing: 0.1 }), better, worse).losses).toBeAllClose([0.524077]);
    expect(evaluate(dpoLoss(), better, worse, { probabilities: [0.9] }).losses).toBeAllClose([0.524077]);
    expect(evaluate(dpoLoss(), better, worse, { margins: [0.5] }).losses).toBeAllClose([Math.LN2]);
  });

  test("IPO: (Δ − 1/2β)²; per token with lengths 2 and 4", () => {
    const [better, worse] = [
      { logProbs: [2], lengths: [2] },
      { logProbs: [-4], lengths: [4] },
    ];
    expect(evaluate(ipoLoss(), better, worse).losses).toBeAllClose([1]); // (6 − 5)²
    expect(evaluate(ipoLoss({ isLengthNormalized: true }), better, worse).losses).toBeAllClose([9]); // (2 − 5)²
  });

  test("SimPO: 2·(−1 + 2) − 1 = 1, −log σ(1)", () => {
    const { losses } = evaluate(
      simPoLoss(),
      { logProbs: [-3], lengths: [3] },
      { logProbs: [-4], lengths: [2] },
    );
    expect(losses).toBeAllClose([0.313262]);
  });

  test("ORPO: P = ½ and ¼ have odds of 1 and ⅓; log 2 − .1·log σ(log 3)", () => {
    const { losses } = evaluate(
      orpoLoss(),
      { logProbs: [2 * Math.log(0.5)], lengths: [2] },
      { logProbs: [Math.log(0.25)] },
    );
    expect(losses).toBeAllClose([Math.LN2 + 0.1 * Math.log(4 / 3)]);
  });

  test("KTO: h − z = 10, β = .1: 1 − σ(1), 1 − σ(−1)", () => {
    const { losses, rewards } = ktoLoss({ undesirableWeight: 2 })({
      ...scores({ logProbs: [12, 12], reference: [0, 0] }),
      probabilities: tf.tensor1d([1, 0]),
      klNats: tf.scalar(2),
    });
    expect(losses).toBeAllClose([0.268941, 2 * 0.731059]);
    expect(rewards).toBeAllClose([1.2, 1.2]);
  });
});

describe("PyTorch's values and gradients", () => {
  const { inputs } = golden;
  const pairCases = golden.cases.filter(({ loss }) => loss !== "ktoLoss");
  test.each(pairCases)("$loss $options", ({ loss: name, options, usesMargins, output, gradients }) => {
    const create = pairLosses[name as keyof typeof pairLosses] as (options: object) => PairLoss;
    const loss = (preferred: Tensor1D, rejected: Tensor1D): Tensor1D =>
      evaluate(
        create(options),
        { logProbs: preferred, reference: inputs.preferredReference, lengths: inputs.preferredLengths },
        { logProbs: rejected, reference: inputs.rejectedReference, lengths: inputs.rejectedLengths },
        { probabilities: inputs.probabilities, ...(usesMargins && { margins: inputs.margins }) },
      ).losses;
    const at = [tf.tensor1d(inputs.preferred), tf.tensor1d(inputs.rejected)] as const;
    expect(loss(...at)).toBeAllClose(output);
    const actual = tf.grads((w, l) => tf.sum(loss(w as Tensor1D, l as Tensor1D)))([...at]);
    expect(actual[0]).toBeAllClose(gradients[0]!, { atol: 2e-6 });
    expect(actual[1]).toBeAllClose(gradients[1]!, { atol: 2e-6 });
  });

  const ktoCases = golden.cases.filter(({ loss }) => loss === "ktoLoss");
  test.each(ktoCases)("$loss $options", ({ options, klNats, output, gradients }) => {
    const loss = (logProbs: Tensor1D): Tensor1D =>
      ktoLoss(options)({
        ...scores({ logProbs, reference: inputs.preferredReference }),
        probabilities: tf.tensor1d(inputs.probabilities),
        klNats: tf.scalar(klNats!),
      }).losses;
    const at = tf.tensor1d(inputs.preferred);
    expect(loss(at)).toBeAllClose(output);
    expect(tf.grad((x) => tf.sum(loss(x as Tensor1D)))(at)).toBeAllClose(gradients[0]!);
  });
});

const all: [string, PairLoss][] = [
  ["DPO", dpoLoss({ beta: 0.5 })],
  ["conservative DPO", dpoLoss({ beta: 0.5, labelSmoothing: 0.2 })],
  ["IPO", ipoLoss({ beta: 0.5 })],
  ["IPO per token", ipoLoss({ beta: 0.5, isLengthNormalized: true })],
  ["SimPO", simPoLoss()],
  ["ORPO", orpoLoss({ lambda: 0.5 })],
];
describe.each(all)("%s", (name, loss) => {
  const better = { logProbs: [-2.3, -4.1], reference: [-3, -3.3], lengths: [2, 5] };
  const worse = { logProbs: [-5, -1.2], reference: [-4.4, -2], lengths: [4, 1] };

  test("a pair turned round with its label is the same pair", () => {
    const first = evaluate(loss, better, worse, { probabilities: [0.8, 0.3] });
    const second = evaluate(loss, worse, better, { probabilities: [0.2, 0.7] });
    expect(second.losses).toBeAllClose(first.losses);
    expect(second.preferredRewards).toBeAllClose(first.rejectedRewards);
  });

  test("gradients are those of central differences; both responses get one", () => {
    checkGradients(
      (w, l) =>
        evaluate(
          loss,
          { ...better, logProbs: w as Tensor1D },
          { ...worse, logProbs: l as Tensor1D },
          { probabilities: [0.9, 0.4] },
        ).losses,
      [tf.tensor1d(better.logProbs), tf.tensor1d(worse.logProbs)],
    );
  });

  test("stays finite far out, where one response is certain and the other impossible", () => {
    const { value, grad } = tf.valueAndGrad((w) =>
      tf.sum(evaluate(loss, { logProbs: w as Tensor1D }, { logProbs: [-1e4, 0] }).losses),
    )(tf.tensor1d([0, -1e4]));
    expect(Number.isFinite(value.dataSync()[0])).toBe(true);
    expect([...grad.dataSync()].every(Number.isFinite)).toBe(true);
  });

  test("refuses other shapes by name, and leaks nothing", async () => {
    expect(() => evaluate(loss, better, { ...worse, lengths: [1] })).toThrow(ShapeError);
    expect(() => evaluate(loss, better, worse, { probabilities: [1] })).toThrow(
      "pairs.probabilities has shape [1]",
    );
    const inputs = {
      preferred: scores(better),
      rejected: scores(worse),
      probabilities: tf.tensor1d([1, 1]),
      margins: tf.tensor1d([0, 0]),
    };
    await expectNoLeak(() => ({ ...loss(inputs) }));
    expect(name).toBeTruthy();
  });
});

test("a policy that equals its reference: DPO log 2, IPO (1/2β)², KTO ½", () => {
  const same = { logProbs: [-3], reference: [-3] };
  expect(evaluate(dpoLoss(), same, same).losses).toBeAllClose([Math.LN2]);
  expect(evaluate(ipoLoss(), same, same).losses).toBeAllClose([25]);
  const rated = { ...scores(same), probabilities: tf.tensor1d([1]), klNats: tf.scalar(0) };
  expect(ktoLoss()(rated).losses).toBeAllClose([0.5]);
});

test("KTO: gradients are those of central differences, none flows to z, other shapes are refused", async () => {
  const probabilities = tf.tensor1d([1, 0, 0.3]);
  const loss = (logProbs: tf.Tensor, klNats: tf.Tensor) =>
    ktoLoss({ beta: 0.4 })({
      ...scores({ logProbs: logProbs as Tensor1D, reference: [-1, -2, -3] }),
      probabilities,
      klNats: klNats as tf.Scalar,
    }).losses;
  const at = tf.tensor1d([-2, -1, -4]);
  checkGradients((x) => loss(x, tf.scalar(0.5)), [at]);
  expect(() => tf.grad((z) => tf.sum(loss(at, z)))(tf.scalar(0.5))).toThrow();
  expect(() => loss(at, tf.tensor1d([1, 2, 3]))).toThrow("ktoLoss: klNats has shape [3], expected []");
  const [inputs, klNats] = [scores({ logProbs: [1] }), tf.scalar(0)];
  const one = tf.tensor1d([1]);
  await expectNoLeak(() => ({ ...ktoLoss()({ ...inputs, probabilities: one, klNats }) }));
});

test.each<[string, () => unknown, string]>([
  ["β of 0", () => dpoLoss({ beta: 0 }), "dpoLoss: beta is 0, expected a finite number above 0"],
  ["an endless β", () => ipoLoss({ beta: Number.POSITIVE_INFINITY }), "ipoLoss: beta is Infinity"],
  ["labels that say nothing", () => dpoLoss({ labelSmoothing: 0.5 }), "labelSmoothing is 0.5"],
  ["a negative margin", () => simPoLoss({ targetMargin: -1 }), "targetMargin is -1"],
  ["λ of NaN", () => orpoLoss({ lambda: Number.NaN }), "orpoLoss: lambda is NaN"],
  ["a negative weight", () => ktoLoss({ desirableWeight: -1 }), "desirableWeight is -1"],
])("refuses %s", (_, create, message) => {
  expect(create).toThrow(InvalidArgumentError);
  expect(create).toThrow(message);
});
