"""Serves one request a line on standard input with one answer a line on standard output, both JSON."""

import json
import os
import sys
import time

import torch

# ACCORD_PEER_DEVICE names the device of PyTorch; the CPU where it is not set.
device = torch.device(os.environ.get("ACCORD_PEER_DEVICE", "cpu"))


def serve(handlers):
    # Whatever libraries print must not mix with the answers.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": handlers[request["command"]](request)}
        except Exception as error:  # The other side shows it and stops.
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


def synchronize():
    """Waits for work that goes on without the program."""
    if device.type == "cuda":
        torch.cuda.synchronize()


def now():
    synchronize()
    return time.perf_counter()


def milliseconds_each(step, budget):
    """Repeats a step until the budget is used up."""
    start, count = now(), 0
    while True:
        step(count)
        count += 1
        passed = now() - start
        if count >= budget["least"] and passed >= budget["seconds"]:
            return 1000 * passed / count


def timed(**stages):
    """Seconds of functions that run one after the other, each with what the one before gave."""
    seconds, result = {}, None
    for name, stage in stages.items():
        start = now()
        result = stage(result)
        seconds[name] = now() - start
    return {"seconds": seconds}


def versions():
    import transformers

    return {"torch": torch.__version__, "transformers": transformers.__version__}


def language_model(folder):
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32).to(device)
    # Every response has the same length: no token ends one.
    model.generation_config.eos_token_id = None
    return model


def rates(request):
    """Rates of the machine, as this engine reaches them: the best of several tries."""
    size, elements, tries = request["matmulSize"], request["copyElements"], request["tries"]
    a, b = torch.rand(size, size, device=device), torch.rand(size, size, device=device)
    x = torch.rand(elements, device=device)

    def best(work):
        work()
        seconds = []
        for _ in range(tries):
            start = now()
            work()
            seconds.append(now() - start)
        return min(seconds)

    return {
        "matmulGflops": 2 * size**3 / best(lambda: a @ b) / 1e9,
        # Reads and writes four bytes per element.
        "copyGigabytes": 8 * elements / best(lambda: torch.neg(x)) / 1e9,
    }
