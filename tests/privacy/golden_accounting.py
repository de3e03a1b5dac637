#!/usr/bin/python3
"""Prints the exact values in golden_accounting.c. Run by hand; needs mpmath.

A way of its own to delta(epsilon), in as many digits as it takes: the privacy loss S of a composition has the characteristic
functions E f^(i tau) without the unit and E f^(1 + i tau) with it (accounting.md, section 2), and

    delta = P(S > eps) - exp(eps) Q(S > eps)     (remove; add: the same with both tails on the left),

each probability by the inversion of Gil-Pelaez in the form of Davies (1973): (1/pi) * the sum over k of
Im(phi(tau) exp(-i tau eps)) / (k + 1/2), tau = (k + 1/2) 2 pi / R. Its error is below the probability that |S - eps| > R. No saddle
point, no FFT and no double is in it. A value is printed where a longer period, finer nodes and more digits change nothing."""
import sys

from mpmath import mp, mpf, mpc, binomial, erfc, exp, expj, findroot, log, pi, sqrt

CASES = [  # name, events (q, sigma, T), records of a unit, delta
    ("a million steps", [("0.001", "0.8", 10**6)], 1, "1e-12"),
    ("a million steps, tiny rate", [("0.0001", "0.7", 10**6)], 1, "1e-6"),
    ("epsilon 0.01", [("0.01", "120", 2000)], 1, "1e-6"),
    ("delta 1e-12", [("0.0683", "5", 4395)], 1, "1e-12"),
    ("delta 1e-30", [("0.02", "2", 3000)], 1, "1e-30"),
    ("two kinds of steps", [("0.05", "1.5", 400), ("0.3", "6", 100), ("1", "12", 2)], 1, "1e-7"),
    ("three records", [("0.01", "2", 2000)], 3, "1e-9"),
]


def losses(q, sigma, group, step):
    """Nodes of a trapezoidal rule for u ~ N(0, 1): the loss at each, and the weights without and with the unit."""
    half = int(sqrt(2 * mp.dps * log(10)) / step) + 1
    top = int(group / sigma / step) + 1
    out = []
    for j in range(-half, half + top + 1):
        u = j * step
        if q == 1:
            loss = group * u / sigma - mpf(group) ** 2 / (2 * sigma**2)
        else:
            loss = log(sum(binomial(group, k) * q**k * (1 - q) ** (group - k) * exp(k * u / sigma - mpf(k) ** 2 / (2 * sigma**2))
                           for k in range(group + 1)))
        weight = exp(-u * u / 2) * step / sqrt(2 * pi)
        out.append((loss, weight, weight * exp(loss)))
    return out


class Composition:
    def __init__(self, events, group, period, step):
        self.parts = [(losses(mpf(q), mpf(sigma), group, step), T) for q, sigma, T in events]
        self.mean, self.deviation = mpf(0), mpf(0)
        for nodes, T in self.parts:
            mean = sum(n[2] * n[0] for n in nodes)
            self.mean += T * mean
            self.deviation += T * sum(n[2] * (n[0] - mean) ** 2 for n in nodes)
        self.deviation = sqrt(self.deviation)
        self.period = period * self.deviation + abs(self.mean)
        self.waves = []
        k = 0
        while True:
            tau = (k + mpf(1) / 2) * 2 * pi / self.period
            q = p = mpc(1)
            for nodes, T in self.parts:
                turns = [expj(tau * n[0]) for n in nodes]
                q *= sum(n[1] * t for n, t in zip(nodes, turns)) ** T
                p *= sum(n[2] * t for n, t in zip(nodes, turns)) ** T
            self.waves.append((tau, q, p))
            k += 1
            if max(abs(q), abs(p)) < mpf(10) ** -mp.dps * 100:
                break

    def delta(self, eps):
        """The larger of both directions."""
        def right(which, x):
            total = mpf(0)
            for k, wave in enumerate(self.waves):
                total += (wave[which] * expj(-wave[0] * x)).imag / (k + mpf(1) / 2)
            return mpf(1) / 2 + total / pi
        remove = right(2, eps) - exp(eps) * right(1, eps)
        add = (1 - right(1, -eps)) - exp(eps) * (1 - right(2, -eps))
        return max(remove, add)


def plain(events, group, eps):
    mu = sqrt(sum(T * mpf(group) ** 2 / mpf(sigma) ** 2 for _, sigma, T in events))

    def tail(x):
        return erfc(x / sqrt(2)) / 2
    return tail(eps / mu - mu / 2) - exp(eps) * tail(eps / mu + mu / 2)


def solve(function, delta, start):
    """epsilon by secants on log delta."""
    return findroot(lambda x: log(function(x)) - log(delta), (start, start * mpf("1.0001")), tol=mpf(10) ** -30, maxsteps=60)


def main():
    for name, events, group, delta in CASES:
        if len(sys.argv) > 1 and sys.argv[1] not in name:
            continue
        start = mpf(sys.argv[2]) if len(sys.argv) > 2 else mpf(1)
        seen = []
        for more in (0, 15):
            mp.dps = 50 + more + int(start / log(10))  # Q(S > eps) is about exp(-eps)
            strip = min(mpf(3), *(mpf("0.8") * pi * mpf(sigma) / group for _, sigma, _ in events))
            step = 2 * pi * strip / (log(10) * mp.dps + strip**2)  # by theorem 3
            composition = Composition(events, group, 6 * sqrt(mpf(mp.dps)), step)
            seen.append(solve(composition.delta, mpf(delta), start))
        mp.dps = 20
        print(f"{name}: {seen[1]}  (changes by {mp.nstr(abs(seen[0] - seen[1]), 2)}; {len(composition.waves)} frequencies)", flush=True)
    for events, group, delta in (([("1", "3", 50)], 1, "1e-12"), ([("1", "100", 20)], 1, "1e-5"), ([("1", "2", 1)], 4, "1e-100"),
                                 ([("1", "0.5", 200)], 1, "1e-5"), ([("1", "8", 10**6)], 1, "1e-6")):
        mp.dps = 400
        mu = sqrt(sum(T * mpf(group) ** 2 / mpf(sigma) ** 2 for _, sigma, T in events))
        eps = solve(lambda x: plain(events, group, x), mpf(delta), mu * mu / 2 + mu * sqrt(-2 * log(mpf(delta))))
        mp.dps = 20
        print(f"plain {events} group {group} delta {delta}: {eps}", flush=True)


if __name__ == "__main__":
    main()
