import { pastPeakSignal } from "./past-peak.ts";
import type { WordWeights } from "./prompt-similarity.ts";
import { promptSimilaritySignal } from "./prompt-similarity.ts";
import { disagreementSignal, entropySignal, goldGapSignal, klSignal } from "./run-signals.ts";
import { stockPhraseSignal } from "./stock-phrases.ts";
import { distinctSignal, lengthSignal, repetitionSignal } from "./text-signals.ts";
import type { Signal } from "./types.ts";

/** All signals; those whose inputs an observation has not are left out by themselves. */
export const standardSignals = ({
  phrases,
  weights,
}: {
  readonly phrases?: readonly string[];
  readonly weights?: WordWeights;
} = {}): readonly Signal[] => [
  goldGapSignal,
  pastPeakSignal,
  disagreementSignal,
  klSignal,
  entropySignal,
  lengthSignal,
  repetitionSignal(),
  distinctSignal(),
  stockPhraseSignal(phrases === undefined ? {} : { phrases }),
  promptSimilaritySignal(weights === undefined ? {} : { weights }),
];
