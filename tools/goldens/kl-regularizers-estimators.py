"""Values and gradients of the KL estimators, for packages/kl-regularizers, from PyTorch.

python tools/goldens/kl-regularizers-estimators.py
needs: torch
"""

import json
from importlib.metadata import version
from pathlib import Path

import torch
from torch.distributions import Categorical, kl_divergence

torch.manual_seed(3)
SHAPE = (2, 3)
logits = (torch.randn(*SHAPE, 5, dtype=torch.float64) * 1.5).round(decimals=4).requires_grad_()
reference_logits = (torch.randn(*SHAPE, 5, dtype=torch.float64)).round(decimals=4)
behaviour_logits = (logits.detach() + 0.5 * torch.randn(*SHAPE, 5, dtype=torch.float64)).round(decimals=4)
actions = torch.randint(5, SHAPE)
weights = torch.rand(SHAPE, dtype=torch.float64).round(decimals=4)


def selected(values):
    return torch.log_softmax(values, -1).gather(-1, actions[..., None])[..., 0]


def estimate(name):
    own, other = selected(logits), selected(reference_logits)
    ratio = torch.exp(own - selected(behaviour_logits))
    q = torch.exp(other - own)
    return {
        "k1": lambda: own - other,
        "k2": lambda: (own - other) ** 2 / 2,
        "k3": lambda: q - 1 - torch.log(q),
        "forwardK3": lambda: q - 1 - torch.log(q),
        "exact": lambda: kl_divergence(Categorical(logits=logits), Categorical(logits=reference_logits)),
        "ratioK1": lambda: ratio * (own - other),
        "ratioK3": lambda: ratio * (q - 1 - torch.log(q)),
    }[name]()


names = ["k1", "k2", "k3", "forwardK3", "exact", "ratioK1", "ratioK3"]
fixture = {
    "source": "torch.distributions.kl_divergence and torch autograd, float64",
    "versions": {"torch": version("torch")},
    "command": "python tools/goldens/kl-regularizers-estimators.py",
    "inputs": {
        "logits": logits.tolist(),
        "referenceLogits": reference_logits.tolist(),
        "behaviourLogits": behaviour_logits.tolist(),
        "actions": actions.tolist(),
        "weights": weights.tolist(),
    },
    "outputs": {name: estimate(name).tolist() for name in names},
    "gradients": {
        name: torch.autograd.grad((estimate(name) * weights).sum(), logits)[0].tolist() for name in names
    },
}
path = Path(__file__).parents[2] / "packages/kl-regularizers/src/__fixtures__/estimators.json"
path.write_text(json.dumps(fixture, indent=1) + "\n")
