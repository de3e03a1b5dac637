#!/usr/bin/python3
"""`dpdm selfcheck` as a user meets it, and what it says where the program is broken: its argument is a dpdm whose steps release
something wrong."""
import json
import subprocess
import sys
import unittest

from program import main, run, run_json

BROKEN = sys.argv.pop(1)


def run_broken(*words):
    return subprocess.run([BROKEN, "selfcheck", "--kernels", "plain", "--threads", "1", *words], capture_output=True, text=True)


class Selfcheck(unittest.TestCase):
    def test_every_kernel_set_and_both_numbers_of_threads_run(self):
        answer = run_json("selfcheck", timeout=900)
        self.assertTrue(answer["passed"])
        self.assertEqual(answer["failed"], 0)
        self.assertEqual({(entry["kernels"], entry["threads"] > 1) for entry in answer["runs"]},
                         {(name, several) for name in run_json("version")["kernels"] for several in (False, True)})
        for entry in answer["runs"]:
            self.assertEqual(len(entry["checks"]), answer["checks"])
            self.assertTrue(all(check["passed"] and check["claim"] for check in entry["checks"]))

    def test_text(self):
        text, _ = run("selfcheck", "--kernels", "plain", "--threads", 1)
        lines = text.splitlines()
        self.assertTrue(all(line.startswith("pass") for line in lines[:-1]), text)
        self.assertRegex(lines[-1], "^([0-9]+) of \\1 checks passed")

    def test_bad_options(self):
        _, notes = run("selfcheck", "--kernels", "abacus", code=2)
        self.assertIn("dpdm version", notes)
        run("selfcheck", "--threads", -1, code=2)

    def test_a_broken_program_fails(self):
        done = run_broken("--json")
        answer = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertFalse(answer["passed"])
        self.assertGreater(answer["failed"], 5)
        failed = [check for check in answer["runs"][0]["checks"] if not check["passed"]]
        self.assertEqual(len(failed), answer["failed"])
        self.assertTrue(all(check["detail"] for check in failed))
        self.assertIn("do not train", done.stderr)

    def test_a_broken_program_says_so_in_text(self):
        done = run_broken()
        self.assertEqual(done.returncode, 1)
        self.assertEqual(sum(line.startswith("FAIL") for line in done.stdout.splitlines()) > 5, True)
        self.assertIn("do not train", done.stderr)


main()
