#!/usr/bin/python3
"""The Python package over the built library. Catches arrays that are misread, a training that differs from the program's, Ctrl-C
that loses a run, a lock of the interpreter that is held, and a package that does not get on with PyTorch in one process."""
import math
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest
import warnings

import numpy as np

try:
    import torch
except ImportError:
    torch = None
import dpdm

SETTINGS = dict(epsilon=None, delta=1e-3, noise_multiplier=2, width_base=8, multipliers=(1, 2), blocks=1, attention=[4], batch=12,
                multiplicity=3, accountant="rdp", no_preview=True, progress=False)


def some_images(count=48, channels=0):
    numbers = np.random.default_rng(0)
    labels = np.arange(count) % 2
    shape = (count, 8, 8, channels) if channels else (count, 8, 8)
    shift = (labels * 100).reshape((-1,) + (1,) * (len(shape) - 1))
    return (numbers.integers(0, 100, shape) + shift).astype(np.uint8), labels


def fit(out, images=None, labels=None, **options):
    some, of = some_images()
    return dpdm.fit(some if images is None else images, of if labels is None else labels, out=out,
                    **{"classes": 2, "records": 48, "steps": 4, **SETTINGS, **options})


class Package(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)

    def test_accounting(self):
        one = dict(sampling_rate=0.01, steps=1000, delta=1e-5)
        spent = dpdm.epsilon(noise_multiplier=1, **one)
        self.assertTrue(1.8 < spent < 2.2, spent)
        self.assertLessEqual(spent, dpdm.epsilon(noise_multiplier=1, accountant="rdp", **one))
        listed = [{"sampling_rate": one["sampling_rate"], "noise_multiplier": 1, "steps": one["steps"]}]
        self.assertEqual(dpdm.epsilon(events=listed, delta=one["delta"]), spent)
        step = {"class_name": "PoissonSampledDpEvent", "sampling_probability": one["sampling_rate"],
                "event": {"class_name": "GaussianDpEvent", "noise_multiplier": 1}}
        named = {"class_name": "SelfComposedDpEvent", "count": one["steps"], "event": step}
        self.assertEqual(dpdm.epsilon(events=named, delta=one["delta"]), spent)
        with self.assertRaisesRegex(dpdm.Error, "LaplaceDpEvent"):
            dpdm.epsilon(events={"class_name": "LaplaceDpEvent", "noise_multiplier": 1}, delta=one["delta"])
        for wrong in (dict(events=listed, steps=3), dict(steps=3), {}):
            with self.assertRaises(TypeError):
                dpdm.epsilon(delta=1e-5, **wrong)
        noise = dpdm.calibrate(epsilon=2, **one)
        self.assertLessEqual(dpdm.epsilon(noise_multiplier=noise, **one), 2)
        self.assertGreater(dpdm.epsilon(noise_multiplier=noise / 1.002, **one), 2)
        with self.assertRaises(dpdm.Error) as raised:
            dpdm.epsilon(noise_multiplier=math.nan, **one)
        self.assertIn(raised.exception.status, ("DPDM_EUSAGE", "DPDM_ERANGE"))

    def test_the_same_as_the_program(self):
        images, labels = some_images()
        model = fit("run", seed=11)
        np.savez("data.npz", images=images, labels=labels)
        words = ["--data", "data.npz", "--height", "8", "--width", "8", "--channels", "1", "--classes", "2", "--records", "48",
                 "--delta", "1e-3", "--noise-multiplier", "2", "--width-base", "8", "--multipliers", "1,2", "--blocks", "1",
                 "--attention", "4", "--batch", "12", "--multiplicity", "3", "--accountant", "rdp", "--no-preview", "--steps",
                 "4", "--seed", "11", "--out", "other", "--quiet"]
        subprocess.run([os.environ["DPDM"], "train", *words], check=True, stdout=subprocess.DEVNULL)
        with open(model.path, "rb") as mine, open("other/release/model.safetensors", "rb") as its:
            self.assertEqual(mine.read(), its.read())
        self.assertEqual((model.shape, model.classes), ((8, 8, 1), 2))
        self.assertIs(model.statement["private"], False)
        self.assertIn("no privacy claim", model.claim)
        self.assertEqual(dpdm.statement("run"), model.statement)

    def test_samples(self):
        fit("run", seed=1)
        model = dpdm.load("run")
        images, labels = model.sample(7, seed=3, steps=4)
        self.assertEqual((images.shape, images.dtype, list(labels)), ((7, 8, 8), np.uint8, [0, 1, 0, 1, 0, 1, 0]))
        np.testing.assert_array_equal(images, dpdm.sample("run", 7, seed=3, steps=4).images)
        self.assertFalse(np.array_equal(images, model.sample(7, steps=4).images))
        self.assertEqual(set(model.sample(5, label=1, steps=4).labels), {1})
        self.assertEqual(model.sample(0).images.shape, (0, 8, 8))
        with self.assertRaisesRegex(dpdm.Error, "did you mean"):
            model.sample(1, guidanc=1)
        colour, _ = some_images(48, 3)
        self.assertEqual(fit("colour", colour, seed=1).sample(2, steps=4).images.shape, (2, 8, 8, 3))

    def test_arrays_are_not_guessed(self):
        images, labels = some_images()
        with self.assertRaisesRegex(TypeError, "fixed rule"):
            fit("a", images / 255)
        with self.assertRaisesRegex(ValueError, "transpose"):
            fit("b", np.zeros((48, 8, 8, 8), np.uint8))
        with self.assertRaisesRegex(ValueError, "one an image"):
            fit("c", labels=labels[:-1])
        with self.assertRaisesRegex(dpdm.Error, r"labels\[1\] is 1"):
            fit("d", classes=1)
        self.assertFalse(os.path.exists("a") or os.path.exists("d"))
        with self.assertWarnsRegex(UserWarning, "classes=.*records="):
            fit("e", classes=None, records=None, seed=1)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            model = fit("f", records=None, sampling_rate=0.25, batch=12, seed=1)
        self.assertNotIn("records", str(model.statement["public"].get("records") or ""))

    def test_owners(self):
        model = fit("run", owners=np.arange(48) // 4, owner_cap=2, seed=1)
        self.assertEqual(model.statement["owner_cap"], 2)
        with self.assertRaises(dpdm.Error):
            fit("other", owner_cap=2, seed=1)  # nobody said who owns what

    def test_interrupt_saves(self):
        # A shell that starts this in the background has the signal ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        whole = fit("whole", seed=5, steps=12)
        done = []

        def press(what, unit, at, total, note):
            done.append(at)
            if at == 5:
                os.kill(os.getpid(), signal.SIGINT)

        with self.assertRaises(KeyboardInterrupt):
            fit("run", seed=5, steps=12, progress=press)
        self.assertTrue(5 <= max(done) < 12 and os.path.exists("run/state"), done)
        with self.assertRaises(dpdm.Error) as raised:
            fit("run", seed=5, steps=12)
        self.assertEqual(raised.exception.status, "DPDM_EEXIST")
        rest = fit("run", seed=5, steps=12, resume=True)
        with open(rest.path, "rb") as one, open(whole.path, "rb") as two:
            self.assertEqual(one.read(), two.read())
        with self.assertRaisesRegex(ZeroDivisionError, "mine"):
            def fail(*_):
                raise ZeroDivisionError("mine")
            fit("third", seed=5, progress=fail)

    def test_other_threads_go_on(self):
        ticks, over = [], threading.Event()

        def tick():
            while not over.wait(0.01):
                ticks.append(time.monotonic())

        thread = threading.Thread(target=tick)
        thread.start()
        begun = time.monotonic()
        fit("run", seed=1, steps=60)
        ended = time.monotonic()
        over.set()
        thread.join()
        inside = sum(begun < at < ended for at in ticks)
        self.assertGreater(inside, min(20, (ended - begun) / 0.2))

    def test_a_private_run(self):
        model = fit("run", epsilon=8, noise_multiplier=0)
        self.assertIs(model.statement["private"], True)
        self.assertLessEqual(model.statement["epsilon_upper"], 8)
        self.assertLessEqual(dpdm.plan(height=8, width=8, channels=1, classes=2, records=48, batch=12, steps=4, epsilon=8, delta=1e-3,
                                       width_base=8, multipliers="1,2", blocks=1, attention=4)["epsilon_upper"], 8)
        self.assertIn("fmnist-cpu", dpdm.presets())

    def test_classifier(self):
        images, labels = some_images()
        options = dict(classes=2, records=48, classifier="logreg", batch=24, steps=40, noise_multiplier=0.5, delta=1e-3,
                       accountant="rdp", seed=3, progress=False)
        rival = dpdm.fit_classifier(images, labels, out="rival", **options)
        self.assertEqual((rival.shape, rival.classes), ((8, 8, 1), 2))
        chosen, shares = rival.predict(images)
        self.assertEqual((chosen.dtype, shares.shape), (np.int64, (48, 2)))
        self.assertTrue(np.array_equal(chosen, shares.argmax(1)))
        self.assertEqual(rival.evaluate(images, labels)["accuracy"], np.mean(chosen == labels))
        self.assertGreater(np.mean(chosen == labels), 0.9)
        self.assertEqual(rival.statement, dpdm.statement("rival"))
        self.assertIn("no privacy claim", rival.claim)
        self.assertEqual(len(rival.predict(images[:0]).labels), 0)
        with self.assertRaises(dpdm.Error) as raised:
            dpdm.fit_classifier(images, labels, out="rival", **options)
        self.assertEqual(raised.exception.status, "DPDM_EEXIST")
        with self.assertRaises(dpdm.Error):
            rival.predict(images[:, :6])

    def test_audits(self):
        self.assertIs(dpdm.selfcheck(kernels="plain", threads=1, progress=False)["passed"], True)
        found = dpdm.audit_mechanism(noise_multiplier=1, delta=0.01, runs=400, seed=5, progress=False)
        self.assertTrue(0 <= found["epsilon_lower"] <= found["epsilon_claimed"] and not found["exceeded"], found)
        images, labels = some_images()
        told = []
        found = dpdm.audit_training(images, labels, classes=2, records=48, canaries=20, steps=4, seed=1,
                                    **{**SETTINGS, "progress": lambda what, *_: told.append(what)})
        self.assertEqual((found["canaries"], set(told)), (20, {"audit"}))
        found = dpdm.audit_membership(images[:40], images[:24], (images[24:], labels[24:]), claim=5, progress=False)
        self.assertEqual((found["audit"], found["exceeded"]), ("membership", False))

    def test_tune_sampler(self):
        model, (images, labels) = fit("run", seed=1), some_images()
        options = dict(evaluations=8, count=8, classifier="logreg", epochs=1, seed=2, progress=False)
        found = dpdm.tune_sampler(model, **options)
        self.assertNotIn("real_accuracy", found["best"])
        best = {name: found["best"][name] for name in ("sampler", "steps", "churn", "churn_min", "churn_max", "guidance")}
        self.assertEqual(len(model.sample(3, seed=1, progress=False, **best).images), 3)
        found = dpdm.tune_sampler("run", real=(images, labels), **options)
        self.assertTrue(0 <= found["best"]["real_accuracy"] <= 1)

    def test_class_names(self):
        model = fit("run", seed=1, class_names=("cat", "dog"))
        self.assertEqual(model.class_names, ["cat", "dog"])
        self.assertEqual(set(model.sample(3, label="dog", steps=2, progress=False).labels), {1})
        with self.assertRaisesRegex(ValueError, "no class 'cow': cat, dog"):
            model.sample(3, label="cow")
        self.assertEqual(fit("numbers", seed=1, steps=1).class_names, [])

    def test_evaluate(self):
        images, labels = some_images()
        result = dpdm.evaluate((images, labels), (images[:20], labels[:20]), classifier="logreg", epochs=3, features="pixels",
                               progress=False)
        self.assertTrue(0 <= result["classifiers"]["logreg"]["accuracy_mean"] <= 1)
        self.assertEqual(result["test_images"], 20)
        fit("run", seed=1)
        dpdm.report("run", "page.html", evaluation=result)
        with open("page.html", encoding="utf-8") as page:
            text = page.read()
        self.assertTrue("logistic regression" in text)
        with self.assertRaises(dpdm.Error) as raised:
            dpdm.report("run", "page.html")
        self.assertEqual(raised.exception.status, "DPDM_EEXIST")
        with self.assertRaises(TypeError):
            dpdm.evaluate((images, labels), "fashion-mnist")

    @unittest.skipUnless(torch, "no torch")
    def test_beside_torch(self):
        images, labels = some_images()
        net = torch.nn.Conv2d(1, 4, 3)
        before = net(torch.from_numpy(images[:, None].astype(np.float32)))
        model = fit("run", torch.from_numpy(images), torch.from_numpy(labels), seed=2)
        drawn = torch.from_numpy(model.sample(6, seed=1, steps=4).images)
        self.assertEqual(tuple(drawn.shape), (6, 8, 8))
        after = net(torch.from_numpy(images[:, None].astype(np.float32)))
        self.assertTrue(torch.equal(before, after))
        after.sum().backward()


if __name__ == "__main__":
    unittest.main()
