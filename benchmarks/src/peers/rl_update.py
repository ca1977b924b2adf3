"""Updates of A2C and DQN with PyTorch, written as in stable-baselines3."""

import copy

import numpy as np
import torch
from protocol import milliseconds_each, rates, serve
from torch import nn
from torch.nn import functional


def perceptron(weights, activation):
    """A network from its weights and biases in their order."""
    layers = []
    for weight, bias in zip(weights[::2], weights[1::2]):
        layer = nn.Linear(len(weight[0]), len(weight))
        layer.load_state_dict({"weight": torch.tensor(weight), "bias": torch.tensor(bias)})
        layers += [layer, activation()]
    return nn.Sequential(*layers[:-1])


class A2c:
    def __init__(self, request):
        self.settings = settings = request["settings"]
        self.policy = perceptron(request["policy"], nn.Tanh)
        self.values = perceptron(request["values"], nn.Tanh)
        self.parameters = [*self.policy.parameters(), *self.values.parameters()]
        self.optimizer = torch.optim.RMSprop(
            self.parameters, lr=settings["learningRate"], alpha=settings["decay"], eps=settings["epsilon"]
        )
        shape = (settings["environments"], settings["steps"])
        steps = request["steps"]
        self.observations = torch.tensor(steps["current"]).view(*shape, -1)
        self.next_observations = torch.tensor(steps["next"]).view(*shape, -1)
        self.actions = torch.tensor(steps["actions"]).view(shape)
        self.rewards = np.ones(shape, np.float32)
        self.continues = 1 - np.array(steps["terminated"], np.float32).reshape(shape)

    def returns(self):
        """Rewards up to the end of the rollout or the episode, and the value there; and the values, [B, T] each."""
        discount = self.settings["discount"]
        with torch.no_grad():
            values = self.values(self.observations).squeeze(-1)
            following = self.values(self.next_observations).squeeze(-1).numpy()
        # The drawn steps follow no dynamics: each has a successor of its own, so all their values are asked for.
        before = values.numpy()
        deltas = self.rewards + discount * self.continues * following - before
        advantages, trace = np.empty_like(deltas), np.zeros_like(deltas[:, 0])
        for t in reversed(range(deltas.shape[1])):
            trace = deltas[:, t] + discount * self.continues[:, t] * trace
            advantages[:, t] = trace
        return torch.from_numpy(advantages + before), values

    def update(self, _):
        returns, old_values = self.returns()
        advantages = returns - old_values
        log_probs = functional.log_softmax(self.policy(self.observations), dim=-1)
        chosen = log_probs.gather(-1, self.actions.unsqueeze(-1)).squeeze(-1)
        values = self.values(self.observations).squeeze(-1)
        loss = -(advantages * chosen).mean() + 0.5 * functional.mse_loss(values, returns)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, self.settings["maxGradientNorm"])
        self.optimizer.step()
        return loss.item()

    def check(self, request):
        return [self.update(i) for i in range(request["count"])]

    def time(self, budget):
        return milliseconds_each(self.update, budget)


class Dqn:
    def __init__(self, request):
        self.settings = settings = request["settings"]
        self.gradient_steps = request["gradientSteps"]
        self.q = perceptron(request["q"], nn.ReLU)
        self.target = copy.deepcopy(self.q).requires_grad_(False)
        self.optimizer = torch.optim.Adam(
            self.q.parameters(), lr=settings["learningRate"], eps=settings["epsilon"]
        )
        steps = request["steps"]
        self.observations = torch.tensor(steps["current"]).view(settings["stored"], -1)
        self.successors = torch.tensor(steps["next"]).view(settings["stored"], -1)
        self.actions = torch.tensor(steps["actions"]).unsqueeze(-1)
        self.discounts = settings["discount"] * (1 - torch.tensor(steps["terminated"]))
        self.taken = 0

    def step(self, slots):
        with torch.no_grad():
            best = self.target(self.successors[slots]).max(dim=1).values
            targets = 1.0 + self.discounts[slots] * best
        values = self.q(self.observations[slots]).gather(1, self.actions[slots]).squeeze(-1)
        loss = functional.smooth_l1_loss(values, targets)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.q.parameters(), self.settings["maxGradientNorm"])
        self.optimizer.step()
        self.taken += 1
        if self.taken % self.settings["targetEvery"] == 0:
            self.target.load_state_dict(self.q.state_dict())
        return loss.item()

    def check(self, request):
        losses = [self.step(torch.tensor(slots)) for slots in request["samples"]]
        size = self.gradient_steps
        return [sum(losses[i : i + size]) / size for i in range(0, len(losses), size)]

    def time(self, budget):
        stored, size = self.settings["stored"], self.settings["batchSize"]
        return milliseconds_each(lambda _: self.step(torch.randint(stored, (size,))), budget)


class Peer:
    def load(self, request):
        self.side = {"a2c": A2c, "dqn": Dqn}[request["algorithm"]](request)
        return {"torch": torch.__version__}

    def check(self, request):
        return {"losses": self.side.check(request)}

    def time(self, request):
        return {"milliseconds": self.side.time(request["budget"])}


if __name__ == "__main__":
    peer = Peer()
    serve({"rates": rates, "load": peer.load, "check": peer.check, "time": peer.time})
