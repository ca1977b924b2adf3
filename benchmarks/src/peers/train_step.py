"""One step of supervised training with PyTorch and transformers: forward, backward, clipping, AdamW."""

import torch
from protocol import device, language_model, milliseconds_each, rates, serve, versions
from torch.nn import functional


class Peer:
    def load(self, request):
        options = request["options"]
        self.model = language_model(request["folder"])
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            lr=options["learningRate"],
            betas=(options["beta1"], options["beta2"]),
            eps=options["epsilon"],
            weight_decay=options["weightDecay"],
        )
        self.max_norm = options["maxGradientNorm"]
        return versions()

    def step(self, tokens):
        logits = self.model(input_ids=tokens[:, :-1], use_cache=False).logits
        loss = functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
        self.optimizer.step()
        return loss.item(), norm.item()

    def check(self, request):
        losses, norms = zip(*(self.step(batch) for batch in self.batches(request)))
        return {"losses": losses, "gradientNorms": norms}

    def batches(self, request):
        return [torch.tensor(batch, device=device) for batch in request["batches"]]

    def time(self, request):
        batches = self.batches(request)
        milliseconds = milliseconds_each(lambda i: self.step(batches[i % len(batches)]), request["budget"])
        return {"milliseconds": milliseconds}


if __name__ == "__main__":
    peer = Peer()
    serve({"rates": rates, "load": peer.load, "check": peer.check, "time": peer.time})
