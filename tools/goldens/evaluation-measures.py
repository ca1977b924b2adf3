"""Expected numbers for packages/evaluation, from numpy, scipy, scikit-learn, rliable, rouge-score and sacrebleu.

python tools/goldens/evaluation-measures.py
needs: numpy scipy scikit-learn rliable rouge-score sacrebleu netcal
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
from netcal.metrics import ECE
from rliable import metrics
from rouge_score import rouge_scorer
from sacrebleu.metrics import CHRF
from scipy import stats
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

rng = np.random.default_rng(11)
numbers = [list(np.round(rng.normal(size=n) * 3, 3)) for n in (1, 2, 5, 8, 13)]
pairs = [
    [list(np.round(rng.normal(0.4, 1, 9), 1)), list(np.round(rng.normal(0, 1, 7), 1))],
    [[1.0, 2.0, 2.0, 5.0], [2.0, 2.0, 3.0]],
]
proportions = [[0, 10], [3, 10], [10, 10], [187, 300], [1, 1]]
probabilities = np.round(rng.uniform(size=200), 3)
outcomes = (rng.uniform(size=200) < probabilities**1.5).astype(int)
frequency, confidence = calibration_curve(outcomes, probabilities, n_bins=10)
texts = [
    ["the cat sat on the mat", "the cat is on the mat"],
    ["Once upon a time, there was a dog.", "Once upon a time there was a small dog named Rex!"],
    ["a a a a b", "a b a b"],
    ["nothing in common", "xyz"],
    ["Ein Vögelein (klein) flog; fort", "Ein Vöglein flog fort..."],
    ["identical text here", "identical text here"],
    ["hi", "hi there, how are you doing today?"],
]


class Whitespace:
    def tokenize(self, text):
        return text.split()


rouge = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=Whitespace())


def rouge_of(candidate, reference):
    scores = rouge.score(reference, candidate)
    return {name: [s.precision, s.recall, s.fmeasure] for name, s in scores.items()}


levels = [0.5, 0.9, 0.95, 0.99]
points = [0.0001, 0.01, 0.02425, 0.1, 0.3, 0.5, 0.7, 0.975, 0.9999]
packages = ["numpy", "scipy", "scikit-learn", "rliable", "rouge-score", "sacrebleu", "netcal"]
fixture = {
    "source": "numpy quantile; scipy trim_mean, norm.ppf, binomtest(...).proportion_ci(wilson); rliable "
    "probability_of_improvement; scikit-learn calibration_curve, brier_score_loss; netcal ECE; rouge-score; "
    "sacrebleu CHRF.sentence_score",
    "versions": {name: version(name) for name in packages},
    "command": "python tools/goldens/evaluation-measures.py",
    "inputs": {
        "numbers": numbers,
        "pairs": pairs,
        "proportions": proportions,
        "levels": levels,
        "points": points,
        "probabilities": probabilities.tolist(),
        "outcomes": outcomes.tolist(),
        "texts": texts,
    },
    "outputs": {
        "quantile37": [float(np.quantile(x, 0.37)) for x in numbers],
        "standardDeviation": [float(np.std(x, ddof=1)) if len(x) > 1 else 0.0 for x in numbers],
        "interquartileMean": [float(stats.trim_mean(x, 0.25)) for x in numbers],
        "normalQuantile": [float(stats.norm.ppf(p)) for p in points],
        "wilson": [
            [
                list(stats.binomtest(k, n).proportion_ci(confidence_level=level, method="wilson"))
                for level in levels
            ]
            for k, n in proportions
        ],
        "probabilityOfImprovement": [
            float(metrics.probability_of_improvement(np.array(x)[:, None], np.array(y)[:, None]))
            for x, y in pairs
        ],
        "correlation": float(stats.pearsonr(probabilities, outcomes).statistic),
        "confidence": confidence.tolist(),
        "frequency": frequency.tolist(),
        "calibrationError": float(ECE(10).measure(probabilities, outcomes)),
        "brier": float(brier_score_loss(outcomes, probabilities)),
        "rouge": [rouge_of(*text) for text in texts],
        "chrf": [CHRF().sentence_score(c, [r]).score for c, r in texts],
        "chrfPlusPlus": [CHRF(word_order=2).sentence_score(c, [r]).score for c, r in texts],
    },
    "gradients": {},
}
path = Path(__file__).parents[2] / "packages/evaluation/src/__fixtures__/measures.json"
path.write_text(json.dumps(fixture, indent=1, ensure_ascii=False) + "\n")
