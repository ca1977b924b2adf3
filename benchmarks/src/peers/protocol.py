"""Serves one request a line on standard input with one answer a line on standard output, both JSON."""

import json
import os
import sys
import time

import torch


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


def rates(request):
    """Rates of the machine, as this engine reaches them: the best of several tries."""
    size, elements, tries = request["matmulSize"], request["copyElements"], request["tries"]
    a, b = torch.rand(size, size), torch.rand(size, size)
    x = torch.rand(elements)

    def best(work):
        work()
        seconds = []
        for _ in range(tries):
            start = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - start)
        return min(seconds)

    return {
        "matmulGflops": 2 * size**3 / best(lambda: a @ b) / 1e9,
        # Reads and writes four bytes per element.
        "copyGigabytes": 8 * elements / best(lambda: torch.neg(x)) / 1e9,
    }
