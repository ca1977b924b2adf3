import { mean } from "../statistics.ts";
import { type CurvePoint, distanceOf, fitCoefficients, reinforcementCurve } from "./reward-curve.ts";
import type { Signal } from "./types.ts";

/** Points that a fit of three coefficients begins with. */
const fewest = 6;

/**
 * The slope of gold over √KL at the policy's distance, in its own standard errors: Gao et al.'s curve is fitted to all
 * iterations so far. Clearly below 0, the policy has passed the peak, and more reward is less of what is wanted.
 */
export const pastPeakSignal: Signal = {
  name: "pastPeak",
  label: "slope of gold over √KL on the fitted curve, in standard errors",
  sides: [-1],
  resolution: 0.5,
  measure: ({ gold, klNats }, memory) => {
    if (gold === undefined || gold.length === 0 || klNats === undefined) return undefined;
    const reward = mean(gold);
    const points = [...((memory as unknown as CurvePoint[] | null) ?? []), { klNats, reward }];
    const remembered = points.map((point) => ({ klNats: point.klNats, reward: point.reward }));
    const fit = points.length < fewest ? undefined : fitCoefficients(points, reinforcementCurve, undefined);
    // Before there is a curve, nothing speaks for a fall.
    if (fit === undefined) return { value: 0, memory: remembered };
    const farthest = distanceOf(Math.max(...points.map((point) => point.klNats)));
    const [forAlpha, forBeta] = reinforcementCurve.slopes(farthest);
    const [alpha = 0, beta = 0] = fit.coefficients;
    const [[aa = 0, ab = 0] = [], [, bb = 0] = []] = fit.covariance;
    const slope = alpha * forAlpha + beta * forBeta;
    const error = Math.sqrt(
      Math.max(0, forAlpha ** 2 * aa + 2 * forAlpha * forBeta * ab + forBeta ** 2 * bb),
    );
    // Without noise the error is 0: the sign is all that is left.
    const steepness = error > 0 ? slope / error : Math.sign(slope) * 10;
    return { value: Math.max(-10, Math.min(10, steepness)), memory: remembered };
  },
};
