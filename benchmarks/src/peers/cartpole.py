"""PPO, A2C and DQN of stable-baselines3 in CartPole-v1."""

import gymnasium
import stable_baselines3
import torch
from protocol import now, rates, serve
from stable_baselines3 import A2C, DQN, PPO
from stable_baselines3.common.env_util import make_vec_env


def build_ppo(env, settings, common):
    return PPO(
        "MlpPolicy",
        env,
        n_steps=settings["rolloutSteps"],
        batch_size=settings["minibatch"],
        n_epochs=settings["epochs"],
        gae_lambda=settings["gaeLambda"],
        clip_range=settings["clipEpsilon"],
        **common,
    )


def build_a2c(env, settings, common):
    return A2C("MlpPolicy", env, n_steps=settings["rolloutSteps"], rms_prop_eps=settings["epsilon"], **common)


def build_dqn(env, settings, common):
    return DQN(
        "MlpPolicy",
        env,
        batch_size=settings["minibatch"],
        buffer_size=settings["bufferSize"],
        learning_starts=settings["learningStarts"],
        train_freq=settings["rolloutSteps"],
        gradient_steps=settings["gradientSteps"],
        target_update_interval=10,
        exploration_fraction=0.16,
        exploration_final_eps=settings["finalExploration"],
        **common,
    )


builders = {"ppo": build_ppo, "a2c": build_a2c, "dqn": build_dqn}


class Peer:
    def load(self, request):
        # Networks this small are slower with more threads.
        torch.set_num_threads(1)
        settings = request["settings"]
        env = make_vec_env("CartPole-v1", n_envs=settings["environments"], seed=request["seed"])
        common = {
            "gamma": settings["discount"],
            "learning_rate": settings["learningRate"],
            "max_grad_norm": settings["maxGradientNorm"],
            "policy_kwargs": {"net_arch": settings["hiddenWidths"]},
            "seed": request["seed"],
            "device": "cpu",
        }
        self.model = builders[request["algorithm"]](env, settings, common)
        trained = [
            tensor
            for name, tensor in self.model.policy.named_parameters()
            if not name.startswith("q_net_target")
        ]
        return {
            "versions": {
                "torch": torch.__version__,
                "stable-baselines3": stable_baselines3.__version__,
                "gymnasium": gymnasium.__version__,
            },
            "parameters": sum(tensor.numel() for tensor in trained),
        }

    def learn(self, request):
        start = now()
        self.model.learn(request["steps"], reset_num_timesteps=False)
        return {"seconds": now() - start}


if __name__ == "__main__":
    peer = Peer()
    serve({"rates": rates, "load": peer.load, "learn": peer.learn})
