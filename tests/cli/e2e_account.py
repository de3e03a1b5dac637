#!/usr/bin/python3
"""account and calibrate as a user meets them: figures that are true, inverse calibrations, and every refusal."""
import json
import math
import os
import tempfile
import unittest

from program import SHARED, main, run, run_json

MECHANISM = ["--sampling-rate", "0.0683", "--noise-multiplier", "2.5", "--steps", "4395"]


def events_file(value):
    file = tempfile.NamedTemporaryFile("w", suffix=".json", delete=False)
    with file:
        file.write(value if isinstance(value, str) else json.dumps(value))
    return file.name


class Account(unittest.TestCase):
    def events(self, value):
        name = events_file(value)
        self.addCleanup(os.unlink, name)
        return name

    def test_keys(self):
        bound = run_json("account", *MECHANISM, "--delta", 1e-5)
        self.assertEqual(bound["delta"], 1e-5)
        self.assertIn(bound["accountant"], ("pld", "rdp"))
        self.assertGreater(bound["epsilon_upper"], bound["epsilon_lower"])
        self.assertEqual(bound["events"], [{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": 4395}])

    def test_accountants_stand_in_order(self):
        pld = run_json("account", *MECHANISM, "--delta", 1e-5, "--accountant", "pld")
        rdp = run_json("account", *MECHANISM, "--delta", 1e-5, "--accountant", "rdp")
        self.assertEqual(rdp["accountant"], "rdp")
        self.assertGreater(rdp["order"], 1)
        self.assertLessEqual(pld["epsilon_upper"], rdp["epsilon_upper"] * (1 + 1e-9))

    def test_the_plain_gaussian_is_bounded_from_below_by_its_exact_delta(self):
        """q = 1, one step, sigma s: delta(eps) = Phi(1/2s - eps s) - e^eps Phi(-1/2s - eps s) (Balle and Wang 2018)."""
        def phi(x):
            return 0.5 * math.erfc(-x / math.sqrt(2))
        for sigma, delta in ((0.5, 1e-5), (1, 1e-5), (4, 1e-6), (20, 1e-3)):
            bound = run_json("account", "--sampling-rate", 1, "--noise-multiplier", sigma, "--steps", 1, "--delta", delta)
            low, high = 0.0, 1000.0
            for _ in range(200):
                eps = (low + high) / 2
                exact = phi(0.5 / sigma - eps * sigma) - math.exp(min(eps, 700)) * phi(-0.5 / sigma - eps * sigma)
                low, high = (eps, high) if exact > delta else (low, eps)
            self.assertGreaterEqual(bound["epsilon_upper"], low * (1 - 1e-9))
            self.assertLessEqual(bound["epsilon_lower"], high * (1 + 1e-9))

    def test_human_output_never_understates(self):
        exact = run_json("account", *MECHANISM, "--delta", 1e-5)
        text = run("account", *MECHANISM, "--delta", 1e-5)[0]
        self.assertGreaterEqual(float(text.split("epsilon <= ")[1].split()[0]), exact["epsilon_upper"] * (1 - 1e-12))
        for word in ("Poisson", "adding or removing", "does not cover"):
            self.assertIn(word, text)

    def test_events_compose(self):
        one = run_json("account", *MECHANISM, "--delta", 1e-5)["epsilon_upper"]
        whole = self.events([{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": 4395}])
        self.assertAlmostEqual(run_json("account", "--events", whole, "--delta", 1e-5)["epsilon_upper"], one, 9)
        halves = self.events([{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": steps}
                              for steps in (2000, 2395)])
        self.assertAlmostEqual(run_json("account", "--events", halves, "--delta", 1e-5)["epsilon_upper"], one, 6)
        more = self.events([{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": 4395},
                            {"sampling_rate": 1, "noise_multiplier": 5, "steps": 1}])
        self.assertGreater(run_json("account", "--events", more, "--delta", 1e-5)["epsilon_upper"], one)

    def test_delta_of_an_epsilon(self):
        bound = run_json("account", *MECHANISM, "--delta", 1e-5)
        back = run_json("account", *MECHANISM, "--epsilon", bound["epsilon_upper"])
        self.assertLessEqual(back["delta_upper"], 1.001e-5)
        self.assertLessEqual(back["delta_lower"], back["delta_upper"])

    def test_refused_numbers(self):
        for name, value in (("sampling-rate", "1.5"), ("sampling-rate", "-0.1"), ("sampling-rate", "nan"),
                            ("noise-multiplier", "-1"), ("noise-multiplier", "0"), ("noise-multiplier", "inf"),
                            ("steps", "0"), ("steps", "-3"), ("steps", "1.5"), ("delta", "0"), ("delta", "1"),
                            ("delta", "-1"), ("delta", "1e-400"), ("accountant", "plt")):
            out, err = run("account", *MECHANISM, "--delta", 1e-5, "--" + name, value, code=2)
            self.assertEqual(out, "")
            self.assertIn(name, err)

    def test_missing_options(self):
        self.assertIn("--delta", run("account", *MECHANISM, code=2)[1])
        self.assertIn("noise-multiplier is missing", run("account", "--sampling-rate", 1, "--steps", 1, "--delta", 1e-5,
                                                         code=2)[1])
        self.assertIn("beside it", run("account", *MECHANISM, "--events", "x", "--delta", 1e-5, code=2)[1])
        self.assertIn("either", run("account", *MECHANISM, "--epsilon", 1, "--delta", 1e-5, code=2)[1])

    def test_events_of_dp_accounting(self):
        gauss = {"class_name": "GaussianDpEvent", "noise_multiplier": 2.5}
        step = {"module_name": "dp_accounting.dp_event", "class_name": "PoissonSampledDpEvent",
                "sampling_probability": 0.0683, "event": gauss}
        half = {"class_name": "SelfComposedDpEvent", "event": step, "count": 5}
        whole = {"class_name": "SelfComposedDpEvent", "count": 3, "event": {
            "class_name": "ComposedDpEvent", "events": [half, {"class_name": "NoOpDpEvent"}, gauss]}}
        found = run_json("account", "--events", self.events(whole), "--delta", 1e-5)
        self.assertEqual(found["events"], [{"sampling_rate": 0.0683, "noise_multiplier": 2.5, "steps": 15},
                                           {"sampling_rate": 1, "noise_multiplier": 2.5, "steps": 3}])
        free = {"class_name": "SelfComposedDpEvent", "event": gauss, "count": 0}
        self.assertEqual(run_json("account", "--events", self.events(free), "--delta", 1e-5)["epsilon_upper"], 0)
        deep = gauss
        for _ in range(40):
            deep = {"class_name": "SelfComposedDpEvent", "event": deep, "count": 1}
        for bad, part in (({"class_name": "LaplaceDpEvent", "noise_multiplier": 1}, "LaplaceDpEvent"),
                          ({"class_name": "NonPrivateDpEvent"}, "NonPrivateDpEvent"),
                          ({"class_name": "GaussianDpEvent", "noise_multiplier": 0}, "without noise"),
                          ({"class_name": "GaussianDpEvent"}, "noise_multiplier is missing"),
                          ({**gauss, "sigma": 1}, "'sigma'"), ({**step, "sampling_probability": 1.5}, "[0, 1]"),
                          ({**step, "event": half}, "only a GaussianDpEvent"), ({**half, "count": 1.5}, "whole number"),
                          ({**half, "count": -1}, "whole number"), ({**half, "event": 1}, "expected an event"),
                          ({"class_name": "ComposedDpEvent", "events": [gauss, {"class_name": "ZCDpEvent"}]}, "events: 2"),
                          ({"class_name": "ComposedDpEvent", "events": gauss}, "not a list"), (deep, "deep"),
                          ({"class_name": "ComposedDpEvent", "events": [gauss] * 1001}, "more than 1000")):
            out, err = run("account", "--events", self.events(bad), "--delta", 1e-5, code=2)
            self.assertEqual(out, "")
            self.assertIn(part, err, bad)

    def test_refused_events(self):
        good = '{"sampling_rate": 0.5, "noise_multiplier": 1, "steps": 1}'
        for text, part in ((f"[{good}, {good[:-1]}]", ":1: is not JSON"),
                           ("", "is not JSON"), ("[]", "1 to 1000"), (good, "expected a list"),
                           ("[1]", "event 1"), (f"[{good},{{}}]", "event 2: sampling_rate is missing"),
                           (f"[{good}] x", "follows"), ("[" * 100000, "nested"),
                           ('[{"sampling_rate": 0.5, "noise_multiplyer": 1, "steps": 1}]', "'noise_multiplier'"),
                           ('[{"sampling_rate": 0.5, "sampling_rate": 0, "noise_multiplier": 1, "steps": 1}]', "twice"),
                           ('[{"sampling_rate": 0.5, "sampling-rate": 0, "noise_multiplier": 1, "steps": 1}]', "twice"),
                           ('[{"sampling_rate": 1.5, "noise_multiplier": 1, "steps": 1}]', "between 0 and 1"),
                           ('[{"sampling_rate": NaN, "noise_multiplier": 1, "steps": 1}]', "is not JSON"),
                           ('[{"sampling_rate": null, "noise_multiplier": 1, "steps": 1}]', "wrong kind"),
                           ('[{"sampling_rate": 0.5, "noise_multiplier": -1, "steps": 1}]', "greater than 0"),
                           ('[{"sampling_rate": 0.5, "noise_multiplier": 1e999, "steps": 1}]', "too large"),
                           ('[{"sampling_rate": 0.5, "noise_multiplier": 1, "steps": 1.5}]', "whole number"),
                           ('[{"sampling_rate": 0.5, "noise_multiplier": 1, "steps": 0}]', "at least 1"),
                           ("[" + ",".join([good] * 1001) + "]", "1 to 1000")):
            name = self.events(text)
            out, err = run("account", "--events", name, "--delta", 1e-5, code=2)
            self.assertEqual(out, "")
            self.assertIn(name, err)
            self.assertIn(part, err, text[:200])
        self.assertIn("/nonexistent", run("account", "--events", "/nonexistent", "--delta", 1e-5, code=1)[1])
        self.assertIn("folder", run("account", "--events", "/", "--delta", 1e-5, code=1)[1])


@unittest.skipUnless(os.path.exists(os.path.join(SHARED, "golden", "accounting.json")), "no golden values here")
class Golden(unittest.TestCase):
    def test_never_below_the_lower_bound(self):
        with open(os.path.join(SHARED, "golden", "accounting.json")) as file:
            cases = json.load(file)
        self.assertGreater(len(cases), 10)
        for case in cases:
            for accountant in ("pld", "rdp"):
                with self.subTest(case["name"], accountant=accountant):
                    bound = run_json("account", "--sampling-rate", repr(case["sampling_rate"]), "--noise-multiplier",
                                     repr(case["noise_multiplier"]), "--steps", case["steps"], "--delta",
                                     repr(case["delta"]), "--accountant", accountant)
                    self.assertGreaterEqual(bound["epsilon_upper"], case["prv_lower"])
                    self.assertLessEqual(bound["epsilon_lower"], case["prv_upper"])
                    if accountant == "pld":  # and tight
                        estimate = case["prv_estimate"]
                        self.assertLessEqual(bound["epsilon_upper"], estimate + max(0.01, 0.01 * estimate))


class Calibrate(unittest.TestCase):
    def test_noise_never_over_the_target_and_hardly_under(self):
        for epsilon, rate, steps in ((10, 0.0683, 4395), (1, 0.01, 1000), (0.2, 0.0683, 500), (5, 1, 10)):
            found = run_json("calibrate", "--epsilon", epsilon, "--delta", 1e-5, "--sampling-rate", rate, "--steps", steps)
            self.assertEqual(found["calibrated"], "noise_multiplier")
            self.assertLessEqual(found["epsilon_upper"], epsilon)
            sigma = found["noise_multiplier"]
            again = run_json("account", "--sampling-rate", rate, "--noise-multiplier", repr(sigma), "--steps", steps,
                             "--delta", 1e-5)
            self.assertLessEqual(again["epsilon_upper"], epsilon)
            less = run_json("account", "--sampling-rate", rate, "--noise-multiplier", sigma * 0.997, "--steps", steps,
                            "--delta", 1e-5)
            self.assertGreater(less["epsilon_upper"], epsilon)

    def test_steps(self):
        target = ["--epsilon", 3, "--delta", 1e-5, "--sampling-rate", 0.01, "--noise-multiplier", 1]
        found = run_json("calibrate", *target)
        self.assertEqual(found["calibrated"], "steps")
        self.assertLessEqual(found["epsilon_upper"], 3)
        more = run_json("account", "--sampling-rate", 0.01, "--noise-multiplier", 1, "--steps", found["steps"] + 1,
                        "--delta", 1e-5)
        self.assertGreater(more["epsilon_upper"], 3)

    def test_rate(self):
        found = run_json("calibrate", "--epsilon", 3, "--delta", 1e-5, "--noise-multiplier", 1, "--steps", 1000)
        self.assertEqual(found["calibrated"], "sampling_rate")
        self.assertLessEqual(found["epsilon_upper"], 3)
        self.assertGreater(found["sampling_rate"], 0)

    def test_earlier_events_are_paid_for(self):
        name = events_file([{"sampling_rate": 1, "noise_multiplier": 5, "steps": 1}])
        self.addCleanup(os.unlink, name)
        target = ["calibrate", "--epsilon", 3, "--delta", 1e-5, "--sampling-rate", 0.01, "--steps", 1000]
        alone, after = run_json(*target), run_json(*target, "--events", name)
        self.assertGreater(after["noise_multiplier"], alone["noise_multiplier"])
        self.assertLessEqual(after["epsilon_upper"], 3)

    def test_refused(self):
        for words, part in ((["--epsilon", 1], "--delta is missing"), (["--delta", 1e-5], "--epsilon is missing"),
                            (["--epsilon", 1, "--delta", 1e-5], "give two of"),
                            (["--epsilon", 1, "--delta", 1e-5, "--steps", 5], "give two of"),
                            (["--epsilon", 1, "--delta", 1e-5, *MECHANISM], "give two of"),
                            (["--epsilon", 0, "--delta", 1e-5, "--steps", 5, "--sampling-rate", 1], "greater than 0"),
                            (["--epsilon", 1, "--delta", 2, "--steps", 5, "--sampling-rate", 1], "delta")):
            self.assertIn(part, run("calibrate", *words, code=2)[1])
        self.assertIn("not even one step", run("calibrate", "--epsilon", 0.001, "--delta", 1e-9, "--sampling-rate", 1,
                                               "--noise-multiplier", 0.5, code=1)[1])


class Presets(unittest.TestCase):
    def test_listed_and_printed(self):
        listing, _ = run("presets")
        names = [preset["name"] for preset in run_json("presets")["presets"]]
        self.assertIn("dpdm-mnist-eps10", names)
        self.assertIn("fmnist-cpu", names)
        for name in names:
            self.assertIn(name, listing)
            text, _ = run("presets", name)
            self.assertEqual(run_json("presets", name)["yaml"], text)
            self.assertTrue(text.startswith("# "))
        self.assertIn("did you mean 'dpdm-mnist-eps10'", run("presets", "dpdm-mnist-esp10", code=2)[1])


if __name__ == "__main__":
    main()
