"""Expected numbers for the monitors of packages/evaluation, from statsmodels and scikit-learn.

python tools/goldens/evaluation-monitors.py
needs: numpy statsmodels scikit-learn
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from sklearn.feature_extraction.text import TfidfVectorizer

rng = np.random.default_rng(5)
kl = np.round(np.linspace(0.01, 9, 14), 3)
d = np.sqrt(kl)
rewards = {
    "reinforcement": np.round(0.3 + d * (1.2 - 0.7 * np.log(d)) + rng.normal(0, 0.05, 14), 4),
    "bestOfN": np.round(d * (1.1 - 0.25 * d) + rng.normal(0, 0.05, 14), 4),
}
regressors = {
    "reinforcement": np.stack([d, -d * np.log(d), np.ones_like(d)], 1),
    "bestOfN": np.stack([d, -d * d], 1),
}


def fit(name):
    result = sm.OLS(rewards[name], regressors[name]).fit()
    residual = rewards[name] - result.fittedvalues
    centred = rewards[name] - rewards[name].mean()
    return {
        "coefficients": list(result.params),
        "covariance": [list(row) for row in result.cov_params()],
        "rSquared": float(1 - (residual @ residual) / (centred @ centred)),
    }


texts = [
    "What is the theorem of Pythagoras about?",
    "The theorem of Pythagoras is about triangles with a right angle",
    "What a wonderful question, you are so smart",
    "the the the triangle",
]
queries = [[0, 1], [0, 2], [1, 3], [2, 2], [0, 3]]
vectorizer = TfidfVectorizer(token_pattern=r"(?u)\b\w+\b").fit(texts)
vectors = vectorizer.transform(texts + ["an unknown question"]).toarray()

root = Path(__file__).resolve().parents[2]
(root / "packages/evaluation/src/__fixtures__/monitors.json").write_text(
    json.dumps(
        {
            "source": "statsmodels OLS, scikit-learn TfidfVectorizer",
            "versions": {name: version(name) for name in ("numpy", "statsmodels", "scikit-learn")},
            "command": "python tools/goldens/evaluation-monitors.py",
            "inputs": {
                "klNats": list(kl),
                "rewards": {name: list(values) for name, values in rewards.items()},
                "texts": texts,
                "queries": queries,
            },
            "outputs": {
                **{name: fit(name) for name in rewards},
                "similarities": [float(vectors[i] @ vectors[j]) for i, j in queries],
                "weights": {
                    word: float(vectorizer.idf_[index]) for word, index in sorted(vectorizer.vocabulary_.items())
                },
            },
        },
        indent=1,
    )
    + "\n"
)
