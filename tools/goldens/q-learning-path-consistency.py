"""Soft path consistency on every path of a batch, with gradients, in PyTorch with plain loops, in float64.

Rows hold two trajectories, tool steps, steps cut by a limit and padding.

Run: python tools/goldens/q-learning-path-consistency.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(7)
double = dict(dtype=torch.float64)
valid = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1]], **double)
#        tools in rows 2 (after the first decision, twice) and 3 (at the very start and at the end)
mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 1, 1], [0, 1, 1, 1, 0]], **double)
terminated = torch.tensor([[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 0, 1]], **double)
truncated = torch.tensor([[0, 0, 0, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]], **double)
B, T = mask.shape
rewards, values, log_ratios = (torch.randn(B, T, **double) * valid for _ in range(3))
following = torch.randn(B, T, **double)  # also where nothing follows, so that it must not count
beta, loss_weights = 0.6, torch.randn(B, T, T, **double)


def ends_after(b, t):
    return t + 1 == T or valid[b, t + 1] == 0 or terminated[b, t] == 1 or truncated[b, t] == 1


def run(discount):
    v, n, l = (x.clone().requires_grad_() for x in (values, following, log_ratios))
    errors = torch.zeros(B, T, T, **double)
    exists = torch.zeros(B, T, T, **double)
    lengths = torch.zeros(B, T, T, **double)
    total = 0.0
    for b in range(B):
        for i in range(T):
            if mask[b, i] == 0:
                continue
            collected, decisions = 0.0, 0
            for j in range(i, T):
                if valid[b, j] == 0:
                    break
                if mask[b, j] == 1:
                    decisions += 1
                factor = discount ** (decisions - 1)
                collected = collected + factor * (rewards[b, j] - beta * l[b, j] * mask[b, j])
                is_end = ends_after(b, j)
                if is_end or mask[b, j + 1] == 1:
                    after = (1 - terminated[b, j]) * discount**decisions * n[b, j]
                    error = collected + after - v[b, i]
                    errors[b, i, j] = error.detach()
                    exists[b, i, j] = 1
                    lengths[b, i, j] = decisions
                    total = total + loss_weights[b, i, j] * error**2
                if is_end:
                    break
    total.backward()
    return {
        "discount": discount,
        "errors": errors.tolist(),
        "exists": exists.tolist(),
        "lengths": lengths.tolist(),
        "gradients": {"values": v.grad.tolist(), "nextValues": n.grad.tolist(), "logRatios": l.grad.tolist()},
    }


golden = {
    "source": "PyTorch, plain loops over sequences and paths, float64",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/q-learning-path-consistency.py",
    "inputs": {
        "beta": beta,
        "valid": valid.tolist(),
        "mask": mask.tolist(),
        "terminated": terminated.tolist(),
        "truncated": truncated.tolist(),
        "rewards": rewards.tolist(),
        "values": values.tolist(),
        "nextValues": following.tolist(),
        "logRatios": log_ratios.tolist(),
        "lossWeights": loss_weights.tolist(),
    },
    "cases": [run(1.0), run(0.9), run(0.0)],
}
path = Path(__file__).parents[2] / "packages/q-learning/src/__fixtures__/path-consistency.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(golden, indent=1) + "\n")
