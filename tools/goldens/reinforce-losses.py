"""Losses of RLOO, GRPO, Dr. GRPO, DAPO, GSPO and CISPO, from scores to one number, and their gradients, in PyTorch.

Plain loops over sequences and tokens, float64, after each paper's equation. One sequence has no score and takes no part.

Run: python tools/goldens/reinforce-losses.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(5)
B, T = 8, 5
lengths = [5, 3, 4, 1, 2, 5, 3, 4]
groups = [7, 7, 7, 7, 2, 2, 2, 2]
scored = [1, 1, 1, 0, 1, 1, 1, 1]
mask = torch.tensor(
    [[1.0 if t < lengths[b] and scored[b] else 0.0 for t in range(T)] for b in range(B)], dtype=torch.float64
)
scores = torch.randn(B, dtype=torch.float64) * 2
old = -torch.rand(B, T, dtype=torch.float64) * 2 - 0.1
new0 = old + torch.randn(B, T, dtype=torch.float64) * 0.3
longest = T


def members(b):
    return [i for i in range(B) if groups[i] == groups[b] and scored[i]]


def advantages(kind):
    result = []
    for b in range(B):
        if not scored[b]:
            result.append(0.0)
            continue
        group = members(b)
        values = scores[group]
        if kind == "leaveOneOut":
            others = [i for i in group if i != b]
            result.append((scores[b] - scores[others].mean()).item())
        elif kind == "groupMean":
            result.append((scores[b] - values.mean()).item())
        else:
            result.append(((scores[b] - values.mean()) / (values.std(unbiased=True) + 1e-4)).item())
    return result


def clipped(ratio, advantage, low, high):
    return -torch.minimum(ratio * advantage, torch.clamp(ratio, 1 - low, 1 + high) * advantage)


def of_tokens(new, kind, per_token, reduce):
    values = advantages(kind)
    taking_part = [b for b in range(B) if scored[b]]
    per_sequence = [
        sum(per_token(new[b, t], old[b, t], values[b]) for t in range(lengths[b])) for b in taking_part
    ]
    if reduce == "sequenceMean":
        return sum(s / lengths[b] for s, b in zip(per_sequence, taking_part)) / len(taking_part)
    if reduce == "tokenMean":
        return sum(per_sequence) / sum(lengths[b] for b in taking_part)
    return sum(per_sequence) / (longest * len(taking_part))


def of_sequences(new, kind, is_mean, low, high):
    values = advantages(kind)
    losses = []
    for b in range(B):
        if not scored[b]:
            continue
        change = sum(new[b, t] - old[b, t] for t in range(lengths[b]))
        losses.append(clipped(torch.exp(change / lengths[b] if is_mean else change), values[b], low, high))
    return sum(losses) / len(losses)


def token_clip(low, high):
    return lambda new, old, advantage: clipped(torch.exp(new - old), torch.tensor(advantage), low, high)


def cispo(new, old, advantage):
    return -torch.clamp(torch.exp(new - old).detach(), max=1.1) * advantage * new


methods = {
    "grpo": lambda new: of_tokens(new, "standardized", token_clip(0.2, 0.2), "sequenceMean"),
    "drGrpo": lambda new: of_tokens(new, "groupMean", token_clip(0.2, 0.2), "fixedLength"),
    "dapo": lambda new: of_tokens(new, "standardized", token_clip(0.2, 0.28), "tokenMean"),
    "gspo": lambda new: of_sequences(new, "standardized", True, 0.05, 0.08),
    "rloo": lambda new: of_sequences(new, "leaveOneOut", False, 0.2, 0.2),
    "cispo": lambda new: of_tokens(new, "standardized", cispo, "tokenMean"),
}


def run(method):
    new = new0.clone().requires_grad_()
    loss = method(new)
    (gradient,) = torch.autograd.grad(loss, new)
    return loss.item(), gradient.tolist()


results = {name: run(method) for name, method in methods.items()}
fixture = {
    "source": "PyTorch, loops",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/reinforce-losses.py",
    "inputs": {
        "logProbs": new0.tolist(), "oldLogProbs": old.tolist(), "scores": scores.tolist(), "groups": groups,
        "mask": mask.tolist(),
    },
    "outputs": {
        "advantages": {kind: advantages(kind) for kind in ("leaveOneOut", "groupMean", "standardized")},
        "losses": {name: loss for name, (loss, _) in results.items()},
    },
    "gradients": {name: gradient for name, (_, gradient) in results.items()},
}
path = Path(__file__).parents[2] / "packages/reinforce/src/__fixtures__/losses.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
