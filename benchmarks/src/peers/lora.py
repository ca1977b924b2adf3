"""One PPO iteration with PEFT, PyTorch and transformers: an adapter and a value head on a frozen model.

The reference is the model with the adapter off, and the reward a head on that. Logits are computed where they are
needed, and everything but generation goes through in micro-batches.
"""

import resource
import sys

import torch
from peft import PeftModel
from ppo_math import ppo_losses, prepare
from protocol import device, language_model, rates, serve, timed, versions
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional


class Peer:
    def load(self, request):
        import peft

        torch.manual_seed(request["seed"])
        folder, self.options = request["folder"], request["options"]
        base = language_model(f"{folder}/base").eval()
        self.model = PeftModel.from_pretrained(base, f"{folder}/adapter", is_trainable=True)
        self.layers, self.output = base.model, base.lm_head
        self.value_head, self.reward_head = (self.head(f"{folder}/{name}.safetensors") for name in ("values", "reward"))
        trained = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.Adam(
            [*trained, *self.value_head.parameters()], lr=self.options["learningRate"], eps=self.options["epsilon"]
        )
        return {**versions(), "peft": peft.__version__}

    def head(self, path):
        head = nn.Linear(self.layers.config.hidden_size, 1, device=device)
        head.load_state_dict(load_file(path))
        return head

    def micro_batches(self, ids):
        size = self.options["microBatchSize"]
        return [slice(start, start + size) for start in range(0, len(ids), size)]

    @torch.no_grad()
    def generate(self, prompts):
        return self.model.generate(
            input_ids=prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=True,
            top_k=0,
            top_p=1.0,
            temperature=1.0,
            max_new_tokens=self.options["newTokens"],
            use_cache=True,
        )

    def hidden(self, ids):
        return self.layers(input_ids=ids, use_cache=False).last_hidden_state

    def log_probs(self, hidden, ids, prompt_length):
        logits = self.output(hidden[:, prompt_length - 1 : -1])
        return torch.gather(functional.log_softmax(logits, dim=-1), 2, ids[:, prompt_length:, None]).squeeze(-1)

    def values(self, hidden, prompt_length):
        return self.value_head(hidden[:, prompt_length - 1 : -1]).squeeze(-1)

    @torch.no_grad()
    def score(self, ids, prompt_length):
        scored = {"logProbs": [], "reference": [], "values": [], "scores": []}
        for rows in self.micro_batches(ids):
            some = ids[rows]
            hidden = self.hidden(some)
            scored["logProbs"].append(self.log_probs(hidden, some, prompt_length))
            scored["values"].append(self.values(hidden, prompt_length))
            with self.model.disable_adapter():
                hidden = self.hidden(some)
            scored["reference"].append(self.log_probs(hidden, some, prompt_length))
            scored["scores"].append(self.reward_head(hidden[:, -1]).squeeze(-1))
        return {name: torch.cat(parts) for name, parts in scored.items()}

    def train(self, ids, prompt_length, scored):
        with torch.no_grad():
            old = prepare(scored, self.options)
        history = []
        for _ in range(self.options["epochs"]):
            self.optimizer.zero_grad()
            sums = {"loss": 0.0, "policyLoss": 0.0, "valueLoss": 0.0}
            for rows in self.micro_batches(ids):
                some = ids[rows]
                hidden = self.hidden(some)
                columns = {name: values[rows] for name, values in old.items()}
                policy_loss, value_loss = ppo_losses(
                    self.log_probs(hidden, some, prompt_length), self.values(hidden, prompt_length), columns, self.options
                )
                share = len(some) / len(ids)
                loss = share * (policy_loss + self.options["valueCoefficient"] * value_loss)
                loss.backward()
                sums["loss"] += loss.item()
                sums["policyLoss"] += share * policy_loss.item()
                sums["valueLoss"] += share * value_loss.item()
            self.optimizer.step()
            history.append(sums)
        return history

    def check(self, request):
        """One update on a given batch, and what it was computed from."""
        ids, prompt_length = torch.tensor(request["tokenIds"], device=device), request["promptLength"]
        scored = self.score(ids, prompt_length)
        log_probs = scored["logProbs"].tolist()
        scored["logProbs"] = torch.tensor(request["behaviourLogProbs"], device=device)
        losses = self.train(ids, prompt_length, scored)
        return {"losses": losses, "scores": scored["scores"].tolist(), "logProbs": log_probs}

    def iterate(self, request):
        prompts = torch.tensor(request["prompts"], device=device)
        prompt_length = prompts.shape[1]

        def generate(_):
            ids = self.generate(prompts)
            assert ids.shape[1] - prompt_length == self.options["newTokens"]
            return ids

        return timed(
            generation=generate,
            scoring=lambda ids: (ids, self.score(ids, prompt_length)),
            training=lambda made: self.train(made[0], prompt_length, made[1]),
        )

    def peak_memory(self, _):
        """The most memory that this process has had, in bytes; Linux counts in kilobytes."""
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)}


if __name__ == "__main__":
    peer = Peer()
    handlers = {"load": peer.load, "check": peer.check, "iterate": peer.iterate, "peakMemory": peer.peak_memory}
    serve({"rates": rates, **handlers})
