"""Whole A2C updates of a tabular policy in PyTorch with plain loops, in float64.

KL in the reward, n-step returns or GAE, optional normalisation, entropy bonus, clipping of the gradient's norm, and
RMSProp as TensorFlow 1 has it (epsilon inside the root, mean squares from 1).

Run: python tools/goldens/a2c-update.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(11)
S, A, B, T = 4, 3, 5, 4
lengths = [4, 2, 3, 1, 4]
states = torch.randint(0, S, (B, T))
next_states = torch.randint(0, S, (B, T))
actions = torch.randint(0, A, (B, T))
valid = torch.tensor([[1.0 if t < n else 0.0 for t in range(T)] for n in lengths], dtype=torch.float64)
rewards = torch.randn(B, T, dtype=torch.float64) * valid
# Row 0 goes on at its end, row 1 terminates, row 2 is cut, row 3 terminates, row 4 terminates inside and is cut.
terminated = torch.zeros(B, T, dtype=torch.float64)
truncated = torch.zeros(B, T, dtype=torch.float64)
terminated[1, 1] = terminated[3, 0] = terminated[4, 1] = 1
truncated[2, 2] = truncated[4, 3] = 1
logits0 = torch.randn(S, A, dtype=torch.float64)
values0 = torch.randn(S, dtype=torch.float64)
reference = torch.log_softmax(torch.randn(S, A, dtype=torch.float64), -1)


def selected(table):
    return torch.log_softmax(table, -1)[states].gather(-1, actions[..., None])[..., 0]


def n_step(shaped, old_values, following, discount, steps):
    """Rewards of at most n steps, and the value after them; one loop per entry."""
    returns = torch.zeros(B, T, dtype=torch.float64)
    for b in range(B):
        for t in range(lengths[b]):
            total, factor = 0.0, 1.0
            for k in range(t, lengths[b]):
                total = total + factor * shaped[b, k]
                factor *= discount
                stops = k == lengths[b] - 1 or terminated[b, k] == 1 or truncated[b, k] == 1
                if stops or k - t + 1 == steps:
                    total = total + factor * following[b, k]
                    break
            returns[b, t] = total
    return returns


def gae(shaped, old_values, following, discount, lam):
    advantages = torch.zeros(B, T, dtype=torch.float64)
    for b in range(B):
        running = 0.0
        for t in reversed(range(lengths[b])):
            delta = shaped[b, t] + discount * following[b, t] - old_values[b, t]
            stops = t == lengths[b] - 1 or terminated[b, t] == 1 or truncated[b, t] == 1
            running = delta + (0.0 if stops else discount * lam * running)
            advantages[b, t] = running
    return (advantages + old_values) * valid


def run(beta, discount, lam, steps, normalize, value_coefficient, entropy_coefficient, lr, decay, epsilon, max_norm):
    logits = logits0.clone().requires_grad_()
    values = values0.clone().requires_grad_()
    with torch.no_grad():
        old = selected(logits)
        old_values = values[states]
        shaped = rewards - beta * (old - reference[states].gather(-1, actions[..., None])[..., 0]) * valid
        following = values[next_states] * (1 - terminated) * valid
        if steps is None:
            returns = gae(shaped, old_values, following, discount, lam)
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
    "inputs": {
        "states": states.tolist(), "nextStates": next_states.tolist(), "actions": actions.tolist(),
        "rewards": rewards.tolist(), "valid": valid.tolist(), "terminated": terminated.tolist(),
        "truncated": truncated.tolist(), "logits": logits0.tolist(), "values": values0.tolist(),
        "reference": reference.tolist(), "behaviourLogProbs": selected(logits0).tolist(),
    },
    "cases": [{"options": options, "outputs": run(**options)} for options in cases],
}
path = Path(__file__).parents[2] / "packages/a2c/src/__fixtures__/update.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(fixture) + "\n")
