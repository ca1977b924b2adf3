"""Trajectories of Gymnasium's classic control tasks from given states under given actions.

Needs gymnasium[classic-control]. Run: python tools/goldens/environments-gymnasium.py
"""

import json
import math
from pathlib import Path

import gymnasium
import numpy as np

command = "python tools/goldens/environments-gymnasium.py"
random = np.random.default_rng(5)
folder = Path(__file__).parents[2] / "packages/environments/src/__fixtures__"


def shortest(value):
    """A float32 in as few digits as tell it from its neighbours."""
    return float(np.format_float_positional(np.float32(value), unique=True))


def episode(name, start, choose):
    """The states before and after are float64; what is seen is float32."""
    env = gymnasium.make(name)
    env.reset(seed=0)
    inner = env.unwrapped
    inner.state = np.array(start, dtype=np.float64)
    actions, observations, rewards = [], [], []
    terminated = truncated = False
    while not (terminated or truncated):
        action = int(choose(len(actions), inner.state))
        seen, reward, terminated, truncated, _ = env.step(action)
        actions.append(action)
        observations.append([shortest(value) for value in seen])
        rewards.append(float(reward))
    return {
        "start": [float(value) for value in start],
        "actions": "".join(map(str, actions)),
        "observations": observations,
        "rewards": rewards,
        "terminated": bool(terminated),
        "truncated": bool(truncated),
    }


def at_random(actions):
    return lambda _step, _state: random.integers(actions)


def balance(_step, state):
    return 0.1 * state[0] + 0.3 * state[1] + 2 * state[2] + 0.6 * state[3] > 0


def roll_away(_step, state):
    """Keeps the pole upright while the cart drifts to the right."""
    return 2 * (state[2] - 0.03) + 0.6 * state[3] > 0


def swing(_step, state):
    """Pushes along the motion, which adds energy: both tasks get there by it."""
    return 2 if state[1] >= 0 else 0


def swing_joint(_step, state):
    return 0 if state[2] >= 0 else 2


tasks = {
    "cart-pole": (
        "CartPole-v1",
        [
            ([0.01, -0.02, 0.03, 0.04], balance),
            ([0.0, 0.0, 0.0, 0.0], at_random(2)),
            ([-0.05, 0.05, -0.05, 0.05], at_random(2)),
            ([0.04, 0.01, -0.02, -0.03], lambda step, _state: 1),
            ([0.03, 0.02, 0.01, 0.0], roll_away),
        ],
    ),
    "acrobot": (
        "Acrobot-v1",
        [
            ([0.05, -0.05, 0.1, -0.1], at_random(3)),
            ([0.0, 0.0, 0.0, 0.0], swing_joint),
            ([-0.08, 0.03, 0.02, 0.06], swing_joint),
            ([3.0, -2.0, 12.0, -28.0], at_random(3)),
        ],
    ),
    "mountain-car": (
        "MountainCar-v0",
        [
            ([-0.5, 0.0], at_random(3)),
            ([-0.45, 0.0], swing),
            ([-0.6, 0.0], swing),
            ([-1.19, -0.05], lambda step, _state: 0),
        ],
    ),
}

for file, (name, episodes) in tasks.items():
    fixture = {
        "source": f"Gymnasium's {name}, with its time limit",
        "versions": {"gymnasium": gymnasium.__version__, "numpy": np.__version__},
        "command": command,
        "episodes": [episode(name, start, choose) for start, choose in episodes],
    }
    (folder / f"{file}.json").write_text(json.dumps(fixture) + "\n")
    for done in fixture["episodes"]:
        print(name, len(done["actions"]), done["terminated"], done["truncated"], sum(done["rewards"]))
