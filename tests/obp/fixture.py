"""Writes fixture.json: rows of the Open Bandit Dataset and what the Open Bandit Pipeline (obp) estimates from them.

    pip install "numpy<2" "pandas<2" scikit-learn scipy pyyaml tqdm seaborn && pip install --no-deps --ignore-requires-python obp==0.5.7
    python tests/obp/fixture.py FOLDER        # the fixture, and in FOLDER all rows of each of the six samples

The dataset comes inside the package: Y. Saito, S. Aihara, M. Matsutani, Y. Narita, "Open Bandit Dataset and Pipeline:
Towards Realistic and Reproducible Off-Policy Evaluation" (NeurIPS Datasets and Benchmarks 2021), ZOZO, Inc., CC BY 4.0.
Changed: of each row only item, position, click and propensity are kept, and of the rows every 20th. They are for
agreement in arithmetic; with so few clicks they say nothing about any policy.
"""
import json
import sys
import types
from pathlib import Path

try:
    import torch  # noqa: F401
except ImportError:  # Only named in types and in learners, which are not used here.
    class Named(type):
        def __getattr__(cls, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Named(name, (), {})

    class Anything(types.ModuleType):
        __path__ = []
        __getattr__ = Named.__getattr__

    for name in ["torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data"]:
        sys.modules[name] = Anything(name)

import numpy as np
from obp.dataset import OpenBanditDataset
from obp.ope import DirectMethod, DoublyRobust, InverseProbabilityWeighting, SelfNormalizedInverseProbabilityWeighting
from obp.policy import BernoulliTS, Random

ESTIMATORS = {
    "ips": InverseProbabilityWeighting(),
    "snips": SelfNormalizedInverseProbabilityWeighting(),
    "direct": DirectMethod(),
    "doubly_robust": DoublyRobust(),
}


def other_policy(behavior, campaign, dataset):
    """The policy of the other half of the experiment: chances of items by position."""
    if behavior == "random":
        policy = BernoulliTS(n_actions=dataset.n_actions, len_list=dataset.len_list, is_zozotown_prior=True,
                             campaign=campaign, random_state=1)
        return policy.compute_batch_action_dist(n_rounds=1, n_sim=20_000)[0]
    return Random(n_actions=dataset.n_actions, len_list=dataset.len_list).compute_batch_action_dist(n_rounds=1)[0]


def model(feedback, dataset):
    """Mean clicks of each item at each position, as if ten more rows had clicked as all rows do: a table to agree on."""
    table = np.full((dataset.n_actions, dataset.len_list), 10 * feedback["reward"].mean())
    rows = np.full_like(table, 10.0)
    np.add.at(table, (feedback["action"], feedback["position"]), feedback["reward"])
    np.add.at(rows, (feedback["action"], feedback["position"]), 1)
    return np.round(table / rows, 6)


def sample(behavior, campaign, keep):
    dataset = OpenBanditDataset(behavior_policy=behavior, campaign=campaign)
    feedback = dataset.obtain_batch_bandit_feedback()
    keep = keep(feedback["reward"])
    logged = {name: feedback[name][keep] for name in ["reward", "action", "position", "pscore"]}
    policy, table = other_policy(behavior, campaign, dataset), model(feedback, dataset)
    rounds = len(logged["reward"])
    given = dict(
        reward=logged["reward"], action=logged["action"], position=logged["position"], pscore=logged["pscore"],
        action_dist=np.repeat(policy[None], rounds, axis=0),
        estimated_rewards_by_reg_model=np.repeat(table[None], rounds, axis=0),
    )
    estimates = [[name, float(estimator.estimate_policy_value(**given))] for name, estimator in ESTIMATORS.items()]
    rows = [[int(action), int(position), int(reward), float(pscore)] for action, position, reward, pscore
            in zip(logged["action"], logged["position"], logged["reward"], logged["pscore"])]
    return {
        "source": f"Open Bandit Dataset (ZOZO, Inc., CC BY 4.0), {behavior}/{campaign}; see fixture.py",
        "rows": rows, "policy": policy.T.tolist(), "model": table.T.tolist(), "estimates": estimates,
    }


def few(rewards):
    return np.arange(len(rewards)) % 20 == 0


def write(path, fixture):
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in fixture.items())
    Path(path).write_text("{\n" + lines + "\n}\n")
    print(path, len(fixture["rows"]), "rows,", sum(row[2] for row in fixture["rows"]), "clicks,", fixture["estimates"])


write(Path(__file__).with_name("fixture.json"), sample("bts", "men", few))
if len(sys.argv) > 1:
    for behavior in ["random", "bts"]:
        for campaign in ["all", "men", "women"]:
            everything = lambda rewards: np.ones(len(rewards), dtype=bool)
            write(Path(sys.argv[1]) / f"{behavior}-{campaign}.json", sample(behavior, campaign, everything))
