"""Values and gradients of PPO's losses, written in PyTorch from the papers' equations, in float64.

Run: python tools/goldens/ppo-losses.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(7)
B, T = 4, 6
old = -torch.rand(B, T, dtype=torch.float64) * 3
log_probs = (old + torch.randn(B, T, dtype=torch.float64) * 0.4).requires_grad_()
advantages = torch.randn(B, T, dtype=torch.float64) * 2
old_values = torch.randn(B, T, dtype=torch.float64)
values = (old_values + torch.randn(B, T, dtype=torch.float64) * 0.4).requires_grad_()
returns = old_values + torch.randn(B, T, dtype=torch.float64)


def surrogate(clip, dual=None):
    ratio = torch.exp(log_probs - old)
    objective = torch.minimum(ratio * advantages, torch.clamp(ratio, 1 - clip, 1 + clip) * advantages)
    if dual is not None:
        objective = torch.where(advantages < 0, torch.maximum(objective, dual * advantages), objective)
    return -objective


def value_loss(clip=None):
    plain = (values - returns) ** 2
    if clip is None:
        return 0.5 * plain
    clipped = torch.maximum(torch.minimum(values, old_values + clip), old_values - clip)
    return 0.5 * torch.maximum(plain, (clipped - returns) ** 2)


def case(loss, wrt, **options):
    (gradient,) = torch.autograd.grad(loss.sum(), wrt)
    return {"options": options, "output": loss.detach().tolist(), "gradient": gradient.tolist()}


fixture = {
    "source": "PyTorch, from Schulman et al. 2017 eq. 7, Ye et al. 2020 eq. 3, Ziegler et al. 2019",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/ppo-losses.py",
    "inputs": {
        "logProbs": log_probs.tolist(),
        "oldLogProbs": old.tolist(),
        "advantages": advantages.tolist(),
        "values": values.tolist(),
        "oldValues": old_values.tolist(),
        "returns": returns.tolist(),
    },
    "surrogate": [
        case(surrogate(0.2), log_probs, clipEpsilon=0.2),
        case(surrogate(0.05), log_probs, clipEpsilon=0.05),
        case(surrogate(0.2, 1.5), log_probs, clipEpsilon=0.2, dualClip=1.5),
        case(surrogate(0.2, 3.0), log_probs, clipEpsilon=0.2, dualClip=3),
    ],
    "value": [case(value_loss(), values), case(value_loss(0.2), values, valueClipEpsilon=0.2)],
}
path = Path(__file__).parents[2] / "packages/ppo/src/__fixtures__/losses.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
