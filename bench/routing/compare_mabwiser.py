"""MABWiser 2.7.4 in its own process: one decision after one new outcome, as in speed.ts. Prints one JSON object."""

import json
import random
import time

from mabwiser.mab import MAB, LearningPolicy


def measure(name, policy, candidates, each, decisions=1000):
    rng = random.Random(1)
    arms = list(range(candidates))
    rate = [0.4 + 0.4 * arm / candidates for arm in arms]
    chosen = [arm for arm in arms for _ in range(each)]
    mab = MAB(arms, policy, seed=1)
    mab.fit(chosen, [int(rng.random() < rate[arm]) for arm in chosen])
    deciding, learning = [], []
    for at in range(decisions + 100):
        start = time.perf_counter()
        arm = mab.predict()
        decided = time.perf_counter()
        mab.partial_fit([arm], [int(rng.random() < rate[arm])])
        learned = time.perf_counter()
        if at >= 100:
            deciding.append(decided - start)
            learning.append(learned - decided)
    deciding.sort()
    learning.sort()
    return {
        "policy": name,
        "candidates": candidates,
        "outcomes_per_agent": each,
        "decide_p50_us": round(deciding[len(deciding) // 2] * 1e6, 1),
        "decide_p99_us": round(deciding[int(len(deciding) * 0.99)] * 1e6, 1),
        "learn_p50_us": round(learning[len(learning) // 2] * 1e6, 1),
    }


print(
    json.dumps(
        [
            measure(name, policy, candidates, each)
            for candidates, each in ((8, 100), (50, 100))
            for name, policy in (
                ("epsilon-greedy", LearningPolicy.EpsilonGreedy(0.1)),
                ("ucb1", LearningPolicy.UCB1(1)),
                ("thompson", LearningPolicy.ThompsonSampling()),
            )
        ]
    )
)
