"""Losses of DQN, QR-DQN and C51 with their gradients, and whole DQN updates, in PyTorch with float64.

The updates: a rollout of one environment becomes transitions of n steps by plain loops; then gradient steps on given
minibatches with double Q-learning or without, smooth L1 or squared loss, clipped gradients, Adam, and a target network
that is copied or follows.

Run: python tools/goldens/q-learning-control.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F

torch.manual_seed(7)
double = torch.float64
N, A, K, M = 3, 2, 4, 3
losses = {}

# Elementwise: Huber at several thresholds, on both sides of its kinks.
predictions = torch.tensor([0.0, 1.0, -2.0, 0.5], dtype=double, requires_grad=True)
targets = torch.tensor([0.4, -2.5, -2.0, 4.0], dtype=double)
for threshold in (1.0, 0.5):
    loss = F.huber_loss(predictions, targets, reduction="none", delta=threshold)
    gradient = torch.autograd.grad(loss.sum(), predictions)[0]
    losses[f"huber{threshold}"] = {"loss": loss.tolist(), "gradient": gradient.tolist()}
loss = 0.5 * (predictions - targets) ** 2
losses["squared"] = {"loss": loss.tolist(), "gradient": torch.autograd.grad(loss.sum(), predictions)[0].tolist()}

# Quantile Huber, with as many target quantiles as predicted ones, and with fewer.
quantiles = torch.randn(N, K, dtype=double).requires_grad_()
quantile_targets = {"same": torch.randn(N, K, dtype=double) * 2, "fewer": torch.randn(N, M, dtype=double) * 2}
levels = (torch.arange(K, dtype=double) + 0.5) / K
quantile_losses = {}
for name, target in quantile_targets.items():
    for threshold in (1.0, 0.3):
        rows = []
        for n in range(N):
            total = torch.zeros((), dtype=double)
            for i in range(K):
                for y in target[n]:
                    u = y - quantiles[n, i]
                    weight = torch.abs(levels[i] - (u.detach() < 0).double())
                    total = total + weight * F.huber_loss(u, torch.zeros_like(u), delta=threshold) / threshold / len(target[n])
            rows.append(total)
        loss = torch.stack(rows)
        weights = torch.tensor([1.0, -0.5, 2.0], dtype=double)
        gradient = torch.autograd.grad((loss * weights).sum(), quantiles)[0]
        quantile_losses[f"{name} {threshold}"] = {"loss": loss.tolist(), "gradient": gradient.tolist()}

# C51: the projection as algorithm 1 of Bellemare et al. has it, with floor and ceil.
logits = torch.randn(N, 5, dtype=double).requires_grad_()
next_logits = torch.randn(N, 5, dtype=double)
rewards = torch.tensor([0.3, -4.0, 0.5], dtype=double)
discounts = torch.tensor([0.9, 0.9, 0.0], dtype=double)
low, high = -1.0, 1.0
support = torch.linspace(low, high, 5, dtype=double)
gap = support[1] - support[0]
projected = torch.zeros(N, 5, dtype=double)
probabilities = torch.softmax(next_logits, -1)
for n in range(N):
    for j in range(5):
        position = ((rewards[n] + discounts[n] * support[j]).clamp(low, high) - low) / gap
        below, above = position.floor().long(), position.ceil().long()
        if below == above:
            projected[n, below] += probabilities[n, j]
        else:
            projected[n, below] += probabilities[n, j] * (above - position)
            projected[n, above] += probabilities[n, j] * (position - below)
cross_entropy = -(projected * torch.log_softmax(logits, -1)).sum(-1)
category_gradient = torch.autograd.grad((cross_entropy * torch.tensor([1.0, -0.5, 2.0], dtype=double)).sum(), logits)[0]

# Whole updates.
T, W, H = 7, 3, 4
current = torch.randn(T, W, dtype=double)
following = torch.randn(T, W, dtype=double)
for t in range(T - 1):
    following[t] = current[t + 1]
following[2] = torch.randn(W, dtype=double)  # terminated: the next episode begins elsewhere
following[4] = torch.randn(W, dtype=double)  # truncated
actions = torch.randint(0, A, (T,))
step_rewards = torch.randn(T, dtype=double) * 3
terminated = torch.zeros(T)
truncated = torch.zeros(T)
terminated[2] = truncated[4] = terminated[6] = 1
start = {
    "layers.0.weight": torch.randn(H, W, dtype=double),
    "layers.0.bias": torch.randn(H, dtype=double),
    "layers.1.weight": torch.randn(A, H, dtype=double),
    "layers.1.bias": torch.randn(A, dtype=double),
}
batches = [[0, 4, 2], [6, 1, 1], [3, 5, 0], [2, 6, 4], [5, 3, 1]]


def net(parameters, x):
    hidden = torch.tanh(x @ parameters["layers.0.weight"].T + parameters["layers.0.bias"])
    return hidden @ parameters["layers.1.weight"].T + parameters["layers.1.bias"]


def windows(n, gamma):
    found = []
    for t in range(T):
        reward, factor, end = 0.0, 1.0, t
        while True:
            reward += factor * step_rewards[end].item()
            factor *= gamma
            if terminated[end] or truncated[end] or end - t + 1 == n:
                break
            end += 1
        found.append((current[t], actions[t], reward, 0.0 if terminated[end] else factor, following[end]))
    return found


def update(n, gamma, is_double, squared, clip, every, tau):
    online = {name: value.clone().requires_grad_() for name, value in start.items()}
    target = {name: value.clone() for name, value in start.items()}
    optimizer = torch.optim.Adam(online.values(), lr=0.05)
    transitions = windows(n, gamma)
    step_losses, norms = [], []
    for taken, slots in enumerate(batches):
        s, a, r, d, s2 = zip(*[transitions[slot] for slot in slots])
        s, s2 = torch.stack(s), torch.stack(s2)
        r, d = torch.tensor(r, dtype=double), torch.tensor(d, dtype=double)
        with torch.no_grad():
            ahead = net(target, s2)
            best = (net(online, s2) if is_double else ahead).argmax(-1)
            y = r + d * ahead.gather(-1, best[:, None])[:, 0]
        q = net(online, s).gather(-1, torch.stack(a)[:, None])[:, 0]
        loss = (0.5 * (q - y) ** 2).mean() if squared else F.smooth_l1_loss(q, y)
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(online.values(), clip).item())
        optimizer.step()
        step_losses.append(loss.item())
        with torch.no_grad():
            for name in start:
                if tau is not None:
                    target[name] = target[name] + tau * (online[name] - target[name])
                elif (taken + 1) % every == 0:
                    target[name] = online[name].clone()
    return {
        "loss": sum(step_losses) / len(step_losses),
        "gradientNorm": sum(norms) / len(norms),
        "parameters": {name: value.tolist() for name, value in online.items()},
        "target": {name: value.tolist() for name, value in target.items()},
    }


cases = []
for n, is_double, squared, clip, every, tau in [
    (1, False, False, 10, 2, None),
    (1, True, False, 10, 2, None),
    (1, True, False, 0.5, None, 0.1),
    (3, False, True, 10, 3, None),
    (3, True, False, 10, None, 0.3),
]:
    options = {"n": n, "discount": 0.9, "double": is_double, "squared": squared, "clip": clip, "every": every, "tau": tau}
    cases.append({"options": options, "outputs": update(n, 0.9, is_double, squared, clip, every, tau)})

result = {
    "source": "plain PyTorch in float64",
    "versions": {"torch": torch.__version__},
    "command": "python tools/goldens/q-learning-control.py",
    "inputs": {
        "predictions": predictions.tolist(),
        "targets": targets.tolist(),
        "quantiles": quantiles.tolist(),
        "quantileTargets": {name: value.tolist() for name, value in quantile_targets.items()},
        "logits": logits.tolist(),
        "nextProbabilities": probabilities.tolist(),
        "rewards": rewards.tolist(),
        "discounts": discounts.tolist(),
        "minimum": low,
        "maximum": high,
        "current": current.tolist(),
        "next": following.tolist(),
        "actions": actions.tolist(),
        "stepRewards": step_rewards.tolist(),
        "terminated": terminated.tolist(),
        "truncated": truncated.tolist(),
        "start": {name: value.tolist() for name, value in start.items()},
        "learningRate": 0.05,
        "batches": batches,
    },
    "outputs": {
        "losses": losses,
        "quantileLosses": quantile_losses,
        "projected": projected.tolist(),
        "crossEntropy": cross_entropy.tolist(),
    },
    "gradients": {"logits": category_gradient.tolist()},
    "cases": cases,
}
path = Path(__file__).parents[2] / "packages/q-learning/src/control/__fixtures__/control.json"
path.parent.mkdir(exist_ok=True)
path.write_text(json.dumps(result) + "\n")
