"""Losses and gradients of a small reward model, for packages/reward-model, from PyTorch; a logistic regression from
scikit-learn.

python tools/goldens/reward-model-training.py
needs: torch numpy scikit-learn
"""

import json
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import LogisticRegression

torch.manual_seed(5)
WIDTH, VOCABULARY = 4, 7
parameters = {
    "backbone.embedding": torch.randn(VOCABULARY, WIDTH),
    "backbone.weight": torch.randn(WIDTH, WIDTH) * 0.6,
    "head.weight": torch.randn(1, WIDTH),
    "head.gain": torch.tensor(1.3),
    "head.bias": torch.tensor(-0.2),
}
parameters = {name: value.round(decimals=4).requires_grad_() for name, value in parameters.items()}
pairs = [
    {"preferred": [1, 2, 3], "rejected": [4, 5]},
    {"preferred": [6], "rejected": [1, 1, 2, 0], "probability": 0.7, "margin": 0.4},
    {"preferred": [0, 3, 5, 2, 2], "rejected": [2, 6], "weight": 2.5, "margin": 1.0},
    {"preferred": [5, 5], "rejected": [3], "probability": 0.2, "weight": 0.5},
]
ratings = [
    {"tokens": [1, 2, 3], "rating": 4.0},
    {"tokens": [6], "rating": 1.0, "weight": 3.0},
    {"tokens": [2, 0, 2, 5], "rating": 2.5},
]
CENTERING, SCALE = 0.05, {"mean": 2.0, "deviation": 1.5}


def score(tokens, pooling):
    hidden = torch.tanh(parameters["backbone.embedding"][tokens] @ parameters["backbone.weight"].T)
    pooled = hidden[-1] if pooling == "lastToken" else hidden.mean(0)
    return parameters["head.gain"] * (parameters["head.weight"][0] @ pooled) + parameters["head.bias"]


def weighted_mean(losses, examples):
    weights = torch.tensor([example.get("weight", 1.0) for example in examples])
    return (torch.stack(losses) * weights).sum() / weights.sum()


def pairwise(pooling):
    losses = []
    for pair in pairs:
        preferred, rejected = score(pair["preferred"], pooling), score(pair["rejected"], pooling)
        logit = preferred - rejected - pair.get("margin", 0.0)
        label = torch.tensor(pair.get("probability", 1.0))
        preference = F.binary_cross_entropy_with_logits(logit, label)
        losses.append(preference + CENTERING * (preferred + rejected) ** 2)
    return weighted_mean(losses, pairs)


def regression(pooling):
    targets = [torch.tensor((rated["rating"] - SCALE["mean"]) / SCALE["deviation"]) for rated in ratings]
    losses = [F.mse_loss(score(rated["tokens"], pooling), target) for rated, target in zip(ratings, targets)]
    return weighted_mean(losses, ratings)


def differentiate(loss):
    names = list(parameters)
    gradients = torch.autograd.grad(loss, [parameters[name] for name in names])
    return {name: gradient.tolist() for name, gradient in zip(names, gradients)}


outputs, gradients = {}, {}
for pooling in ["lastToken", "meanPool"]:
    outputs[pooling] = {
        "scores": [score(pair["preferred"], pooling).item() for pair in pairs],
        "pairwise": pairwise(pooling).item(),
        "regression": regression(pooling).item(),
    }
    gradients[pooling] = {
        "pairwise": differentiate(pairwise(pooling)),
        "regression": differentiate(regression(pooling)),
    }

rng = np.random.default_rng(2)
features = np.round(rng.normal(size=(30, 5)) * (rng.uniform(size=(30, 5)) < 0.6), 3)
labels = (features @ np.array([1.0, -2.0, 0.5, 0.0, 1.0]) + rng.normal(size=30) > 0).astype(int)
logistic = LogisticRegression(C=1 / 0.7, fit_intercept=False, tol=1e-12, max_iter=10_000).fit(features, labels)

fixture = {
    "source": "torch autograd (binary_cross_entropy_with_logits, mse_loss); sklearn LogisticRegression(C=1/0.7)",
    "versions": {name: version(name) for name in ["torch", "scikit-learn", "numpy"]},
    "command": "python tools/goldens/reward-model-training.py",
    "inputs": {
        "parameters": {name: value.tolist() for name, value in parameters.items()},
        "pairs": pairs,
        "ratings": ratings,
        "centering": CENTERING,
        "scale": SCALE,
        "logistic": {"features": features.tolist(), "labels": labels.tolist(), "l2": 0.7},
    },
    "outputs": {**outputs, "logistic": logistic.coef_[0].tolist()},
    "gradients": gradients,
}
path = Path(__file__).parents[2] / "packages/reward-model/src/__fixtures__/training.json"
path.write_text(json.dumps(fixture, indent=1) + "\n")
