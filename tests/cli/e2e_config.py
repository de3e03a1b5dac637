#!/usr/bin/python3
"""Configs of dpdm train as a user writes them: taken whole, refused with file and line, and overruled by the command line."""
import os
import resource
import subprocess
import tempfile
import unittest

from program import DPDM, main, run, run_json

SMALL = {"data": "nowhere", "height": 8, "width": 8, "channels": 1, "classes": 2, "records": 1000, "width_base": 4,
         "multipliers": "[1]", "blocks": 1, "attention": "[]", "batch": 100, "steps": 10, "epsilon": 5, "delta": "1e-5",
         "multiplicity": 1, "threads": 1}


def yaml(**changes):
    return "".join(f"{key}: {value}\n" for key, value in {**SMALL, **changes}.items() if value is not None)


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="dpdm-config-")
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "recipe.yaml")

    def write(self, text):
        with open(self.path, "wb") as file:
            file.write(text.encode() if isinstance(text, str) else text)

    def plan(self, text, *more):
        self.write(text)
        return run_json("train", "--config", self.path, "--dry-run", *more)

    def refused(self, text, *parts, code=2):
        self.write(text)
        out, err = run("train", "--config", self.path, "--dry-run", code=code)
        self.assertEqual(out, "")
        for part in parts:
            self.assertIn(part, err, text[:100])
        self.assertEqual(os.listdir(self.folder.name), ["recipe.yaml"])

    def test_plan(self):
        plan = self.plan(yaml())
        self.assertEqual(plan["steps"], 10)
        self.assertAlmostEqual(plan["sampling_rate"], 0.1)
        self.assertLessEqual(plan["epsilon_upper"], 5)
        for key in ("parameters", "noise_multiplier", "delta"):
            self.assertIn(key, plan)

    def test_the_command_line_overrules_the_file(self):
        plan = self.plan(yaml(), "--steps", 20, "--epsilon=2")
        self.assertEqual(plan["steps"], 20)
        self.assertLessEqual(plan["epsilon_upper"], 2)

    def test_every_key_may_be_written_out_with_its_default(self):
        (verb,) = [verb for verb in run_json("help")["verbs"] if verb["name"] == "train"]
        text = yaml()
        for option in verb["options"]:
            key = option["name"].replace("-", "_")
            if key not in SMALL and option["default"]:
                text += f"{key}: {option['default']}\n"
        plain, full = self.plan(yaml()), self.plan(text)
        for key in ("parameters", "sampling_rate", "steps", "noise_multiplier", "epsilon_upper"):
            self.assertEqual(plain[key], full[key])

    def test_keys_with_dashes(self):
        plain, dashes = self.plan(yaml(width_base=8)), self.plan(yaml(width_base=8).replace("width_base", "width-base"))
        self.assertEqual(plain["parameters"], dashes["parameters"])
        self.assertNotEqual(plain["parameters"], self.plan(yaml())["parameters"])

    def test_unknown_keys(self):
        self.refused(yaml(learning_rat="1e-3"), self.path + ":", "did you mean 'learning_rate'?")
        self.refused("epsilonn: 3\n" + yaml(), self.path + ":1: unknown key 'epsilonn'; did you mean 'epsilon'?")
        self.refused(yaml() + "\n\nzzzzzzzz: 1\n", f"recipe.yaml:{len(SMALL) + 3}: unknown key 'zzzzzzzz'")

    def test_bad_values(self):
        for key, value in (("epsilon", ".nan"), ("epsilon", "NaN"), ("epsilon", "-.inf"), ("epsilon", "-1"),
                           ("delta", "0"), ("delta", "1"), ("delta", "-1"), ("noise_multiplier", "-1"),
                           ("sampling_rate", "1.5"), ("batch", "-3"), ("steps", "-1"), ("steps", "1.5"),
                           ("height", "0"), ("height", "many"), ("height", "[8]"), ("classes", "99999999999"),
                           ("multipliers", "[1, x]"), ("multipliers", "[]"), ("multipliers", "[1,1,1,1,1,1,1,1,1]"),
                           ("denoiser", "edn"), ("accountant", "pdl"), ("label_drop", "2"), ("clip", "0"),
                           ("epsilon", ""), ("epsilon", "~")):
            with self.subTest(key=key, value=value):
                self.refused(yaml(**{key: value}), key.split("_")[0])
        for value in ("!!float 3", "&a 3", "*a", "{a: 1}"):
            self.refused(yaml(epsilon=value), f"recipe.yaml:{list(SMALL).index('epsilon') + 1}: ")

    def test_hostile_files(self):
        for text in ("[" * 100000, "{" * 100000, "- " * 50000, "a: " * 1000, "? " * 20000, '"' + "\\" * 9999,
                     "epsilon: " + "9" * 100000, "&a [*a]", "a: &a [*a, *a]", "epsilon: 3\nepsilon: 4\n",
                     "--- 1\n--- 2\n", "<<: {a: 1}\n", b"\xff\xfe\x00", b"\x00" * 100, b"epsilon: 3\x00\n",
                     b"data: \"a\\0b\"\n", b"\xef\xbb\xbf\xef\xbb\xbfx", "%TAG ! !\n", "x" * 2_000_000):
            with self.subTest(text[:30]):
                self.write(text)
                out, err = run("train", "--config", self.path, "--dry-run", code=None, timeout=20)
                self.assertEqual(out, "")
                self.assertIn("recipe.yaml", err)
                self.assertLess(len(err), 1200)

    def test_a_billion_laughs_is_no_joke(self):
        text = "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*{'a' if i == 0 else f'b{i - 1}'}, *a]\n" for i in range(50))
        self.write(text)
        result = subprocess.run([DPDM, "train", "--config", self.path, "--dry-run"], capture_output=True, text=True,
                                timeout=20, preexec_fn=limit_memory)
        self.assertEqual(result.returncode, 2)
        self.assertIn("recipe.yaml:1: anchors", result.stderr)

    def test_files_that_cannot_be_read(self):
        self.assertIn("/nonexistent.yaml", run("train", "--config", "/nonexistent.yaml", "--dry-run", code=1)[1])
        self.assertIn("folder", run("train", "--config", "/", "--dry-run", code=1)[1])

    def test_options_of_the_command_line_are_not_keys(self):
        self.refused(yaml(resume="true"), "command line")

    def test_an_unknown_preset(self):
        self.assertIn("did you mean", run("train", "--preset", "dpdm-mnist-eps100", "--dry-run", code=2)[1])

    def test_missing_facts(self):
        for key in ("data", "height", "classes", "delta", "epsilon"):
            self.refused(yaml(**{key: None}), key)


def limit_memory():
    if "san" not in os.environ.get("DPDM_BUILD", ""):  # sanitizers reserve more than that
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


if __name__ == "__main__":
    main()
