"""One PPO iteration as most people write it with PyTorch and transformers.

Samples with generate(), recomputes the log-probabilities of policy and reference over the whole sequence, scores with
a value and a reward model of the same shape, and takes a few epochs of clipped PPO with Adam.
"""

import argparse
import time

import torch
import transformers
from protocol import rates, serve
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional
from transformers import LlamaForCausalLM


class Scorer(nn.Module):
    """A language model's layers with one number per token on top."""

    def __init__(self, layers, head):
        super().__init__()
        self.layers = layers
        self.head = nn.Linear(layers.config.hidden_size, 1)
        self.head.load_state_dict(head)

    def forward(self, ids):
        return self.head(self.layers(input_ids=ids, use_cache=False).last_hidden_state).squeeze(-1)


class Peer:
    def load(self, request):
        folder, self.options = request["folder"], request["options"]
        torch.manual_seed(request["seed"])

        def language_model(name):
            model = LlamaForCausalLM.from_pretrained(f"{folder}/{name}", dtype=torch.float32)
            # Every response has the same length: no token ends one.
            model.generation_config.eos_token_id = None
            return model

        def scorer(name):
            head = load_file(f"{folder}/{name}/head.safetensors")
            return Scorer(language_model(name).model, head)

        self.policy, self.values = language_model("policy"), scorer("values")
        self.reference = language_model("policy").requires_grad_(False)
        self.reward = scorer("reward").requires_grad_(False)
        self.optimizer = torch.optim.Adam(
            [*self.policy.parameters(), *self.values.parameters()],
            lr=self.options["learningRate"],
            eps=self.options["epsilon"],
        )
        return {"torch": torch.__version__, "transformers": transformers.__version__}

    def log_probs(self, model, ids, prompt_length):
        logits = model(input_ids=ids, use_cache=False).logits[:, prompt_length - 1 : -1]
        return torch.gather(functional.log_softmax(logits, dim=-1), 2, ids[:, prompt_length:, None]).squeeze(-1)

    def value_estimates(self, ids, prompt_length):
        return self.values(ids)[:, prompt_length - 1 : -1]

    def advantages(self, rewards, values):
        """GAE with discount 1, and the returns; the response ends by itself at its last token."""
        trace, reversed_advantages = torch.zeros_like(values[:, 0]), []
        for t in reversed(range(values.shape[1])):
            following = values[:, t + 1] if t + 1 < values.shape[1] else 0.0
            trace = rewards[:, t] + following - values[:, t] + self.options["gaeLambda"] * trace
            reversed_advantages.append(trace)
        advantages = torch.stack(reversed_advantages[::-1], dim=1)
        returns = advantages + values
        centred = advantages - advantages.mean()
        return centred * torch.rsqrt(centred.square().mean() + 1e-8), returns

    def loss(self, log_probs, values, old):
        clip, value_clip = self.options["clipEpsilon"], self.options["valueClipEpsilon"]
        ratio = torch.exp(log_probs - old["logProbs"])
        surrogate = torch.max(
            -old["advantages"] * ratio, -old["advantages"] * torch.clamp(ratio, 1 - clip, 1 + clip)
        )
        clipped = old["values"] + torch.clamp(values - old["values"], -value_clip, value_clip)
        value_loss = 0.5 * torch.max((values - old["returns"]).square(), (clipped - old["returns"]).square())
        return surrogate.mean(), value_loss.mean()

    @torch.no_grad()
    def score(self, ids, prompt_length):
        return {
            "logProbs": self.log_probs(self.policy, ids, prompt_length),
            "reference": self.log_probs(self.reference, ids, prompt_length),
            "values": self.value_estimates(ids, prompt_length),
            "scores": self.reward(ids)[:, -1],
        }

    def train(self, ids, prompt_length, scored):
        with torch.no_grad():
            rewards = -self.options["klCoefficient"] * (scored["logProbs"] - scored["reference"])
            rewards[:, -1] += scored["scores"]
            advantages, returns = self.advantages(rewards, scored["values"])
        old = {**scored, "advantages": advantages, "returns": returns}
        losses = []
        for _ in range(self.options["epochs"]):
            log_probs = self.log_probs(self.policy, ids, prompt_length)
            policy_loss, value_loss = self.loss(log_probs, self.value_estimates(ids, prompt_length), old)
            loss = policy_loss + self.options["valueCoefficient"] * value_loss
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append({"loss": loss.item(), "policyLoss": policy_loss.item(), "valueLoss": value_loss.item()})
        return losses

    def check(self, request):
        """One update on a given batch, and what it was computed from."""
        ids = torch.tensor(request["tokenIds"])
        scored = self.score(ids, request["promptLength"])
        log_probs = scored["logProbs"].tolist()
        scored["logProbs"] = torch.tensor(request["behaviourLogProbs"])
        losses = self.train(ids, request["promptLength"], scored)
        return {"losses": losses, "scores": scored["scores"].tolist(), "logProbs": log_probs}

    def iterate(self, request):
        prompts = torch.tensor(request["prompts"])
        prompt_length = prompts.shape[1]
        start = time.perf_counter()
        with torch.no_grad():
            ids = self.policy.generate(
                prompts,
                attention_mask=torch.ones_like(prompts),
                do_sample=True,
                top_k=0,
                top_p=1.0,
                temperature=1.0,
                max_new_tokens=self.options["newTokens"],
                use_cache=True,
            )
        generated = time.perf_counter()
        scored = self.score(ids, prompt_length)
        after_scoring = time.perf_counter()
        self.train(ids, prompt_length, scored)
        trained = time.perf_counter()
        assert ids.shape[1] - prompt_length == self.options["newTokens"]
        return {
            "seconds": {
                "generation": generated - start,
                "scoring": after_scoring - generated,
                "training": trained - after_scoring,
            }
        }


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    peer = Peer()
    serve({"load": peer.load, "rates": rates, "check": peer.check, "iterate": peer.iterate})
