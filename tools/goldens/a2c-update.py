"""Whole A2C updates of a tabular policy in PyTorch with plain loops, in float64.

KL in the reward, n-step returns or GAE, optional normalisation, entropy bonus, clipping of the gradient's norm, and
RMSProp as TensorFlow 1 has it (epsilon inside the root, mean squares from 1).

Run: python tools/goldens/a2c-update.py
"""

import json
from pathlib import Path

import torch

from tabular_batch import B, Batch, T, lengths, valid

# Row 0 goes on at its end, row 1 terminates, row 2 is cut, row 3 terminates, row 4 terminates inside and is cut.
batch = Batch(11, terminated=[(1, 1), (3, 0), (4, 1)], truncated=[(2, 2), (4, 3)])
states, selected = batch.states, batch.selected


def n_step(shaped, old_values, following, discount, steps):
    """Rewards of at most n steps, and the value after them; one loop per entry."""
    returns = torch.zeros(B, T, dtype=torch.float64)
    for b in range(B):
        for t in range(lengths[b]):
            total, factor = 0.0, 1.0
            for k in range(t, lengths[b]):
                total = total + factor * shaped[b, k]
                factor *= discount
                if batch.stops(b, k) or k - t + 1 == steps:
                    total = total + factor * following[b, k]
                    break
            returns[b, t] = total
    return returns


def run(beta, discount, lam, steps, normalize, value_coefficient, entropy_coefficient, lr, decay, epsilon, max_norm):
    logits = batch.logits.clone().requires_grad_()
    values = batch.values.clone().requires_grad_()
    with torch.no_grad():
        old = selected(logits)
        old_values = values[states]
        shaped = batch.shaped(old, beta)
        following = batch.following(values)
        if steps is None:
            returns = (batch.gae(shaped, old_values, following, discount, lam) + old_values) * valid
        else:
            returns = n_step(shaped, old_values, following, discount, steps)
        advantages = (returns - old_values) * valid
        if normalize:
            counted = advantages[valid == 1]
            advantages = (advantages - counted.mean()) / torch.sqrt(counted.var(unbiased=True) + 1e-8)
    log_all = torch.log_softmax(logits, -1)[states]
    entropy = -(log_all.exp() * log_all).sum(-1)
    per_token = (
        -selected(logits) * advantages
        + value_coefficient * 0.5 * (values[states] - returns) ** 2
        - entropy_coefficient * entropy
    )
    loss = (per_token * valid).sum() / valid.sum()
    grads = torch.autograd.grad(loss, (logits, values))
    norm = torch.sqrt(sum((g**2).sum() for g in grads))
    scale = min(1.0, max_norm / (norm.item() + 1e-6))
    with torch.no_grad():
        for parameter, gradient in zip((logits, values), grads):
            gradient = gradient * scale
            square = decay * torch.ones_like(parameter) + (1 - decay) * gradient**2
            parameter -= lr * gradient / torch.sqrt(square + epsilon)
    return {"logits": logits.tolist(), "values": values.tolist(), "loss": loss.item(), "gradientNorm": norm.item()}


cases = [
    dict(beta=0.0, discount=0.99, lam=1.0, steps=None, normalize=False, value_coefficient=1.0,
         entropy_coefficient=0.0, lr=0.5, decay=0.99, epsilon=1e-5, max_norm=0.5),
    dict(beta=0.2, discount=0.9, lam=0.8, steps=None, normalize=True, value_coefficient=0.5,
         entropy_coefficient=0.02, lr=0.7, decay=0.9, epsilon=1e-3, max_norm=100.0),
    dict(beta=0.1, discount=0.9, lam=1.0, steps=2, normalize=False, value_coefficient=0.25,
         entropy_coefficient=0.01, lr=0.3, decay=0.99, epsilon=1e-5, max_norm=100.0),
]
fixture = {
    "source": "PyTorch, loops",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/a2c-update.py",
    "inputs": batch.inputs(),
    "cases": [{"options": options, "outputs": run(**options)} for options in cases],
}
path = Path(__file__).parents[2] / "packages/a2c/src/__fixtures__/update.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
