#!/usr/bin/python3
"""Catches an accountant for Opacus (examples/opacus_accountant.py) that the real Opacus cannot use, that counts other steps than it, or
whose bound is not one. Skipped where Opacus is not installed; tools/test-pypi.sh installs it."""
import importlib.util
import os
import sys
import unittest
import warnings

if importlib.util.find_spec("opacus") is None:
    print("opacus is not installed")
    sys.exit(77)
warnings.filterwarnings("ignore")
sys.path.insert(0, os.path.join(os.environ["DPDM_SOURCE"], "examples"))
from opacus.accountants import PRVAccountant, RDPAccountant  # noqa: E402

import dpdm  # noqa: E402
from opacus_accountant import DpdmAccountant, train  # noqa: E402


class Opacus(unittest.TestCase):
    def test_a_training_is_accounted_as_by_its_own_accountants(self):
        engines = {kind: train(kind(), steps=24) for kind in (DpdmAccountant, PRVAccountant, RDPAccountant)}
        histories = [engine.accountant.history for engine in engines.values()]
        self.assertEqual(histories[0], histories[1])
        self.assertEqual(len(engines[DpdmAccountant].accountant), 24)
        found = {kind: engine.get_epsilon(1e-3) for kind, engine in engines.items()}
        noise, rate, steps = histories[0][0]
        self.assertEqual(found[DpdmAccountant], dpdm.epsilon(sampling_rate=rate, noise_multiplier=noise, steps=steps, delta=1e-3))
        self.assertLessEqual(found[DpdmAccountant], found[RDPAccountant])
        # PRV's estimate is within its own eps_error of 0.01.
        self.assertAlmostEqual(found[DpdmAccountant], found[PRVAccountant], delta=0.02)

    def test_steps_of_several_kinds_add_up(self):
        accountant = DpdmAccountant()
        self.assertEqual(accountant.get_epsilon(1e-5), 0)
        for noise in (1.0, 1.0, 2.0, 1.0):
            accountant.step(noise_multiplier=noise, sample_rate=0.1)
        self.assertEqual(accountant.history, [(1.0, 0.1, 2), (2.0, 0.1, 1), (1.0, 0.1, 1)])
        mixed = [{"sampling_rate": 0.1, "noise_multiplier": noise, "steps": steps} for noise, steps in ((1.0, 3), (2.0, 1))]
        self.assertEqual(accountant.get_epsilon(1e-5), dpdm.epsilon(events=mixed, delta=1e-5))

    def test_it_is_saved_and_loaded_with_a_checkpoint(self):
        accountant, other = DpdmAccountant(), DpdmAccountant()
        for _ in range(3):
            accountant.step(noise_multiplier=1.5, sample_rate=0.2)
        other.load_state_dict(accountant.state_dict())
        self.assertEqual((len(other), other.get_epsilon(1e-5)), (3, accountant.get_epsilon(1e-5)))


unittest.main(verbosity=2)
