"""Expected strengths, posteriors and coefficients of packages/feedback, from choix, crowd-kit, statsmodels and scipy.

python tools/goldens/feedback-aggregation.py
needs: numpy scipy pandas statsmodels choix crowd-kit
"""

import json
from importlib.metadata import version
from pathlib import Path

import choix
import numpy as np
import pandas as pd
import statsmodels.api as sm
from crowdkit.aggregation import DawidSkene
from scipy.optimize import minimize

rng = np.random.default_rng(8)

# Bradley-Terry: every item meets every other one several times.
items = 6
strengths = rng.normal(size=items)
wins = []
for first in range(items):
    for second in range(first):
        for _ in range(8):
            is_first = rng.uniform() < 1 / (1 + np.exp(strengths[second] - strengths[first]))
            wins.append((first, second) if is_first else (second, first))
bradley_terry = choix.opt_pairwise(items, wins, tol=1e-12)

# Rao-Kupper: the likelihood written down and minimised.
outcomes = []
for first in range(items):
    for second in range(first):
        for _ in range(8):
            up, down = np.exp(strengths[first]), np.exp(strengths[second])
            p = [up / (up + 1.6 * down), down / (down + 1.6 * up)]
            outcomes.append((first, second, int(rng.choice([1, 0, 2], p=[*p, 1 - sum(p)]))))


def rao_kupper_loss(parameters):
    s, theta = parameters[:items], 1 + np.exp(parameters[items])
    loss = 0.0
    for first, second, outcome in outcomes:
        a, b = np.exp(s[first]), np.exp(s[second])
        win, lose = a / (a + theta * b), b / (b + theta * a)
        loss -= np.log({1: win, 0: lose, 2: 1 - win - lose}[outcome])
    return loss + 1e-9 * np.sum(s**2)


best = minimize(rao_kupper_loss, np.zeros(items + 1), method="BFGS", options={"gtol": 1e-9})

# Dawid & Skene 1979, table 1: five anaesthetists, the first of whom judged each of 45 patients three times.
anaesthetists = """
111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3
232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1
222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2
111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3
221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2
"""
patients = [p for line in anaesthetists.strip().splitlines() for p in line.split("|")]
labels = [
    (item, worker, int(label) - 1)
    for item, patient in enumerate(patients)
    for worker, given in enumerate(patient.split(" "))
    for label in given
]
single = []
for item in range(60):
    truth = int(rng.integers(0, 3))
    for worker, skill in enumerate([0.9, 0.8, 0.6, 0.4]):
        if rng.uniform() < 0.8:
            label = truth if rng.uniform() < skill else int(rng.integers(0, 3))
            single.append((item, worker, label))
model = DawidSkene(n_iter=3000, tol=0).fit(pd.DataFrame(single, columns=["task", "worker", "label"]))
posteriors = model.probas_.reindex(range(60)).fillna(0)[[0, 1, 2]]

# Logistic regression with fractional outcomes and weights.
features = np.round(np.c_[np.ones(50), rng.normal(size=(50, 2))], 3)
p = 1 / (1 + np.exp(-features @ [0.3, 1.0, -0.5]))
soft = np.round(np.clip(p + rng.normal(size=50) * 0.3, 0, 1), 2)
weights = np.round(rng.uniform(0.2, 2, 50), 2)
glm = sm.GLM(soft, features, family=sm.families.Binomial(), freq_weights=weights).fit(tol=1e-14, maxiter=200)

packages = ["numpy", "scipy", "statsmodels", "choix", "crowd-kit"]
fixture = {
    "source": "choix opt_pairwise; scipy minimize of Rao-Kupper's likelihood; crowd-kit DawidSkene; statsmodels GLM "
    "Binomial; the labels of Dawid & Skene 1979, table 1",
    "versions": {name: version(name) for name in packages},
    "command": "python tools/goldens/feedback-aggregation.py",
    "bradleyTerry": {"items": items, "wins": wins, "logStrengths": list(bradley_terry - np.mean(bradley_terry))},
    "raoKupper": {
        "outcomes": outcomes,
        "logStrengths": list(best.x[:items] - np.mean(best.x[:items])),
        "threshold": 1 + float(np.exp(best.x[items])),
        "logLikelihood": -float(best.fun),
    },
    "anaesthetists": labels,
    "dawidSkene": {"labels": single, "posteriors": posteriors.to_numpy().tolist()},
    "logistic": {
        "features": features.tolist(),
        "outcomes": soft.tolist(),
        "weights": weights.tolist(),
        "coefficients": list(glm.params),
        "standardErrors": list(glm.bse),
    },
}
path = Path(__file__).parents[2] / "packages/feedback/src/__fixtures__/aggregation.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture, default=float) + "\n")
