"""Whole PPO updates of a tabular policy, step by step in PyTorch with plain loops, in float64.

KL in the reward, GAE, whitening, epochs of the clipped objective with entropy bonus, plain gradient descent. One
minibatch per epoch, so that no shuffling enters.

Run: python tools/goldens/ppo-update.py
"""

import json
from pathlib import Path

import torch

from tabular_batch import Batch, valid

# Row 0 goes on at its end, row 1 terminates, row 2 is cut, row 3 terminates, row 4 terminates inside and at its end.
batch = Batch(3, terminated=[(1, 1), (3, 0), (4, 1), (4, 3)], truncated=[(2, 2)])
states, selected = batch.states, batch.selected


def run(beta, discount, lam, clip, value_clip, value_coefficient, entropy_coefficient, epochs, lr, sequence_mean):
    logits = batch.logits.clone().requires_grad_()
    values = batch.values.clone().requires_grad_()
    with torch.no_grad():
        old = selected(logits)
        old_values = values[states]
        shaped = batch.shaped(old, beta)
        advantages = batch.gae(shaped, old_values, batch.following(values), discount, lam)
        returns = advantages + old_values
        counted = advantages[valid == 1]
        whitened = (advantages - counted.mean()) / torch.sqrt(counted.var(unbiased=False) + 1e-8)
    losses = []
    for _ in range(epochs):
        log_probs = selected(logits)
        all_log_probs = torch.log_softmax(logits, -1)[states]
        entropy = -(all_log_probs.exp() * all_log_probs).sum(-1)
        ratio = torch.exp(log_probs - old)
        policy = torch.maximum(-whitened * ratio, -whitened * torch.clamp(ratio, 1 - clip, 1 + clip))
        now = values[states]
        clipped = old_values + torch.clamp(now - old_values, -value_clip, value_clip)
        value = 0.5 * torch.maximum((now - returns) ** 2, (clipped - returns) ** 2)
        per_token = policy + value_coefficient * value - entropy_coefficient * entropy
        if sequence_mean:
            loss = ((per_token * valid).sum(1) / valid.sum(1)).mean()
        else:
            loss = (per_token * valid).sum() / valid.sum()
        losses.append(loss.item())
        grads = torch.autograd.grad(loss, (logits, values))
        with torch.no_grad():
            logits -= lr * grads[0]
            values -= lr * grads[1]
    return {"logits": logits.tolist(), "values": values.tolist(), "meanLoss": sum(losses) / len(losses)}


cases = [
    dict(beta=0.1, discount=1.0, lam=0.95, clip=0.2, value_clip=0.2, value_coefficient=0.1,
         entropy_coefficient=0.0, epochs=4, lr=0.5, sequence_mean=False),
    dict(beta=0.3, discount=0.9, lam=0.8, clip=0.1, value_clip=0.05, value_coefficient=0.5,
         entropy_coefficient=0.02, epochs=3, lr=0.7, sequence_mean=True),
]
fixture = {
    "source": "PyTorch, loops",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/ppo-update.py",
    "inputs": batch.inputs(),
    "cases": [{"options": options, "outputs": run(**options)} for options in cases],
}
path = Path(__file__).parents[2] / "packages/ppo/src/__fixtures__/update.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
