"""A small tabular batch in float64 with rows of different lengths, and what goldens of several algorithms do with it."""

import torch

S, A, B, T = 4, 3, 5, 4
lengths = [4, 2, 3, 1, 4]
valid = torch.tensor([[1.0 if t < n else 0.0 for t in range(T)] for n in lengths], dtype=torch.float64)


class Batch:
    def __init__(self, seed, terminated, truncated):
        """Random numbers from the seed; the (row, step) that terminate, and those that are cut."""
        torch.manual_seed(seed)
        self.states = torch.randint(0, S, (B, T))
        self.next_states = torch.randint(0, S, (B, T))
        self.actions = torch.randint(0, A, (B, T))
        self.rewards = torch.randn(B, T, dtype=torch.float64) * valid
        self.terminated = torch.zeros(B, T, dtype=torch.float64)
        self.truncated = torch.zeros(B, T, dtype=torch.float64)
        for place in terminated:
            self.terminated[place] = 1
        for place in truncated:
            self.truncated[place] = 1
        self.logits = torch.randn(S, A, dtype=torch.float64)
        self.values = torch.randn(S, dtype=torch.float64)
        self.reference = torch.log_softmax(torch.randn(S, A, dtype=torch.float64), -1)

    def selected(self, table):
        return torch.log_softmax(table, -1)[self.states].gather(-1, self.actions[..., None])[..., 0]

    def shaped(self, log_probs, beta):
        """r - beta * k1."""
        reference = self.reference[self.states].gather(-1, self.actions[..., None])[..., 0]
        return self.rewards - beta * (log_probs - reference) * valid

    def following(self, values):
        return values[self.next_states] * (1 - self.terminated) * valid

    def stops(self, b, t):
        return t == lengths[b] - 1 or self.terminated[b, t] == 1 or self.truncated[b, t] == 1

    def gae(self, shaped, old_values, following, discount, lam):
        advantages = torch.zeros(B, T, dtype=torch.float64)
        for b in range(B):
            running = 0.0
            for t in reversed(range(lengths[b])):
                delta = shaped[b, t] + discount * following[b, t] - old_values[b, t]
                running = delta + (0.0 if self.stops(b, t) else discount * lam * running)
                advantages[b, t] = running
        return advantages

    def inputs(self):
        return {
            "states": self.states.tolist(), "nextStates": self.next_states.tolist(),
            "actions": self.actions.tolist(), "rewards": self.rewards.tolist(), "valid": valid.tolist(),
            "terminated": self.terminated.tolist(), "truncated": self.truncated.tolist(),
            "logits": self.logits.tolist(), "values": self.values.tolist(),
            "reference": self.reference.tolist(), "behaviourLogProbs": self.selected(self.logits).tolist(),
        }
