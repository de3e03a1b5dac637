#!/usr/bin/python3
"""dpdm ledger as a user meets it; and the chain of hashes checked without dpdm."""
import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import DPDM, main, run, run_json  # noqa: E402

RUN = "00112233445566778899aabbccddeeff"


class Ledger(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "budget.ledger")
        self.plan = self.write("plan.json", json.dumps([{"sampling_rate": 1, "noise_multiplier": 10, "steps": 1}]))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def init(self, *more, name="faces", epsilon=2):
        return run_json("ledger", "init", self.file, "--data-set", name, "--epsilon", epsilon, "--delta", 1e-5,
                        "--accountant", "rdp", *more, *([] if "--digest" in more else ["--no-digest"]))

    def reserve(self, *more, code=0):
        return run_json("ledger", "reserve", self.file, "--data-set", "faces", "--events", self.plan, *more, code=code)

    def test_the_life_of_a_run(self):
        self.init()
        self.assertEqual(stat.S_IMODE(os.stat(self.file).st_mode), 0o600)
        first = self.reserve("--run", RUN, "--who", "ann@home")
        self.assertTrue(first["fresh"])
        again = self.reserve("--run", RUN)
        self.assertEqual((again["reservation"], again["fresh"]), (first["reservation"], False))
        model = self.write("model", "weights")
        run("ledger", "mark", self.file, first["reservation"], "running")
        run("ledger", "mark", self.file, first["reservation"], "finished", "--release", model)
        second = self.reserve()
        run("ledger", "mark", self.file, second["reservation"], "cancelled", "--reason", "mistyped")
        third = self.reserve()
        run("ledger", "mark", self.file, third["reservation"], "abandoned", "--reason", "power")

        shown = run_json("ledger", "show", self.file)
        faces, = shown["data_sets"]
        self.assertEqual([r["state"] for r in faces["reservations"]], ["finished", "cancelled", "abandoned"])
        self.assertEqual(faces["reservations"][0]["release"], hashlib.blake2b(b"weights", digest_size=32).hexdigest())
        self.assertEqual(faces["reservations"][0]["who"], "ann@home")
        self.assertEqual(faces["reservations"][0]["run"], RUN)
        both = self.write("both.json", json.dumps([{"sampling_rate": 1, "noise_multiplier": 10, "steps": 2}]))
        spent = run_json("account", "--events", both, "--delta", 1e-5, "--accountant", "rdp")["epsilon_upper"]
        self.assertAlmostEqual(faces["spent"], spent, delta=1e-12 * spent)
        self.assertAlmostEqual(faces["left"], 2 - spent, delta=1e-12)
        text, _ = run("ledger", "show", self.file)
        for word in ("faces", "epsilon 2 at delta 1e-05", "cancelled", "mistyped", "ann@home", shown["head"]):
            self.assertIn(word, text)
        printed = float(text.split("spent   epsilon <= ")[1].split(",")[0])
        self.assertGreaterEqual(printed, faces["spent"])
        self.assertTrue(run_json("ledger", "verify", self.file, "--anchor", shown["head"])["valid"])

    def test_over_the_budget(self):
        self.init(epsilon=0.5)
        self.reserve()
        error = self.reserve(code=1)["error"]
        self.assertEqual(error["status"], "DPDM_EBUDGET")
        for word in ("faces", "0.5", "spent", "left", "noise multiplier of"):
            self.assertIn(word, error["message"])
        self.assertEqual(len(run_json("ledger", "show", self.file)["data_sets"][0]["reservations"]), 1)

    def test_the_chain_without_dpdm(self):
        self.init()
        self.init(name="\u00c4rzte \"1\"")
        self.reserve()
        lines, _ = run("ledger", "export", self.file)
        head = bytes(32)
        kinds = []
        for number, line in enumerate(lines.splitlines(), 1):
            entry = json.loads(line)
            head = hashlib.blake2b(head + entry["text"].encode(), digest_size=32).digest()
            self.assertEqual(entry["hash"], head.hex())
            self.assertEqual(entry["sequence"], number)
            kinds.append(json.loads(entry["text"])["kind"])
        self.assertEqual(kinds, ["ledger", "data_set", "data_set", "reserve"])
        self.assertEqual(run_json("ledger", "show", self.file)["head"], f"4:{head.hex()}")
        self.assertEqual(run("ledger", "export", self.file, "--json")[0], lines)

    def test_tampering_shows(self):
        self.init()
        head = run_json("ledger", "show", self.file)["head"]
        self.reserve()
        with sqlite3.connect(self.file) as db:
            trigger, = db.execute("SELECT sql FROM sqlite_schema WHERE name = 'entry_no_change'").fetchone()
            db.execute("DROP TRIGGER entry_no_change")
            db.execute("""UPDATE entry SET text = replace(text, '"steps":1', '"steps":0') WHERE sequence = 3""")
            db.execute(trigger)
        db.close()
        for verb in ("verify", "show"):
            error = run_json("ledger", verb, self.file, code=1)["error"]
            self.assertEqual(error["status"], "DPDM_EFORMAT")
            self.assertIn("entry 3", error["message"])
        self.assertEqual(self.reserve(code=1)["error"]["status"], "DPDM_EFORMAT")
        self.assertEqual(len(run("ledger", "export", self.file, code=1)[0].splitlines()), 3)
        # Written anew: only the anchor knows.
        os.unlink(self.file)
        self.init()
        run("ledger", "verify", self.file)
        self.assertIn("another hash", run("ledger", "verify", self.file, "--anchor", head, code=1)[1])

    def test_adaptive(self):
        run("ledger", "init", self.file, "--data-set", "faces", "--epsilon", 2, "--delta", 1e-5, "--no-digest")
        shown, = run_json("ledger", "show", self.file)["data_sets"]
        self.assertTrue(shown["adaptive"])
        self.assertEqual(shown["accountant"], "rdp")
        self.assertGreater(shown["order"], 1)
        self.reserve()
        self.assertIn("adaptively", run("ledger", "show", self.file)[0])
        other = self.write("other.json", json.dumps([{"sampling_rate": 0.1, "noise_multiplier": 5, "steps": 9}]))
        told = run_json("ledger", "reserve", self.file, "--data-set", "faces", "--events", other)
        self.assertFalse(told["planned_only"])

    def test_what_is_proven_for_planned_runs_only_is_said(self):
        told = run("ledger", "init", self.file, "--data-set", "faces", "--epsilon", 4, "--delta", 1e-5, "--no-digest", "--accountant",
                   "pld")[1]
        self.assertIn("without looking at", told)
        reserve = ["ledger", "reserve", self.file, "--data-set", "faces", "--events"]
        other = self.write("other.json", json.dumps([{"sampling_rate": 0.1, "noise_multiplier": 5, "steps": 9}]))
        for plan, planned in ((self.plan, False), (self.plan, False), (other, True), (self.plan, True)):
            told = run(*reserve, plan)[1]
            self.assertEqual("WARNING" in told, planned, told)
        self.assertTrue(self.reserve()["planned_only"])

    def test_a_ledger_that_nobody_may_write_is_read(self):
        """On read-only media there is no log and no lock to be had."""
        self.init()
        self.reserve()
        odd = os.path.join(self.folder, "a ledger?#%20")
        os.rename(self.file, odd)
        head = run_json("ledger", "show", odd)["head"]
        os.chmod(odd, 0o444)
        os.chmod(self.folder, 0o555)
        self.addCleanup(os.chmod, self.folder, 0o755)
        who = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}

        def ask(*words):
            return subprocess.run([DPDM, "ledger", *words], capture_output=True, text=True, cwd="/", **who)

        if who and subprocess.run([DPDM, "version"], capture_output=True, cwd="/", **who).returncode:
            self.skipTest("nobody may not run the program here")
        shown = ask("show", odd, "--json")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertEqual(json.loads(shown.stdout)["head"], head)
        self.assertEqual(ask("verify", odd, "--anchor", head).returncode, 0)
        self.assertEqual(ask("export", odd).stdout.count("\n"), 3)
        self.assertEqual(sorted(os.listdir(self.folder)), ["a ledger?#%20", "plan.json"])
        refused = ask("reserve", odd, "--data-set", "faces", "--events", self.plan)
        self.assertEqual(refused.returncode, 1)
        # Entries that are still in the log would be missed.
        os.chmod(self.folder, 0o755)
        with open(odd + "-wal", "wb") as file:
            file.write(bytes(32))
        os.chmod(self.folder, 0o555)
        self.assertIn("copy both", ask("show", odd).stderr)

    def test_digest_of_data(self):
        digest = "ab" * 32
        self.init("--digest", digest)
        self.assertEqual(run_json("ledger", "show", self.file)["data_sets"][0]["digest"], digest)
        error = run_json("ledger", "init", self.file, "--data-set", "copy", "--epsilon", 1, "--delta", 1e-5, "--digest",
                         digest, code=1)["error"]
        self.assertEqual(error["status"], "DPDM_EEXIST")
        run("ledger", "init", os.path.join(self.folder, "other"), "--digest", digest, "--epsilon", 1, "--delta", 1e-5)
        shown = run_json("ledger", "show", os.path.join(self.folder, "other"))
        self.assertEqual(shown["data_sets"][0]["name"], digest[:16])

    def test_the_ledger_of_the_environment(self):
        environment = {"DPDM_LEDGER": self.file}
        run("ledger", "init", "--data-set", "faces", "--epsilon", 2, "--delta", 1e-5, "--no-digest", env=environment)
        run("ledger", "reserve", "--data-set", "faces", "--events", self.plan, env=environment)
        run("ledger", "mark", 3, "cancelled", "--reason", "no", env=environment)
        self.assertIn("1 cancelled", run("ledger", "show", env=environment)[0])
        self.assertIn("DPDM_LEDGER", run("ledger", "show", code=2, env={"DPDM_LEDGER": ""})[1])

    def test_refusals(self):
        self.init()
        for words, code, message in (
                (["show", self.file + "x"], 1, "there is no ledger"),
                (["show", self.plan], 1, "not an SQLite"),
                (["init", self.file, "--data-set", "a"], 2, "--epsilon"),
                (["init", self.file, "--epsilon", 1, "--delta", 0.1, "--no-digest"], 2, "--data-set"),
                (["init", self.file, "--data-set", "a", "--epsilon", 1, "--delta", 0.1], 2, "--no-digest"),
                (["init", self.file, "--data-set", "a", "--epsilon", 1, "--delta", 1], 2, "--delta"),
                (["init", self.file, "--data-set", "faces", "--epsilon", 1, "--delta", 0.1, "--no-digest"], 1, "fixed"),
                (["init", self.file, "--data-set", "a", "--epsilon", 1, "--delta", 0.1, "--digest", "xy"], 2, "64"),
                (["init", self.file, "--data-set", "a", "--epsilon", 1, "--delta", 0.1, "--order", 3, "--accountant", "rdp"], 2, "--order"),
                (["init", self.file, "--data-set", "a", "--epsilon", 1, "--delta", 0.1, "--adaptive", "--accountant",
                  "pld"], 2, "--accountant"),
                (["reserve", self.file, "--data-set", "nobody", "--events", self.plan], 1, "'faces'"),
                (["reserve", self.file, "--data-set", "faces"], 2, "--events"),
                (["reserve", self.file, "--data-set", "faces", "--events", self.plan, "--run", "1"], 2, "32"),
                (["mark", self.file, 3, "cancelled"], 2, "--reason"),
                (["mark", self.file, 3, "finished"], 2, "--release"),
                (["mark", self.file, 3, "lost"], 2, "abandoned"),
                (["mark", self.file, "x", "running"], 2, "number"),
                (["mark", self.file, 3, "running"], 1, "no reservation 3"),
                (["verify", self.file, "--anchor", "3"], 2, "--anchor"),
                (["verify", self.file, "--anchor", "9:" + "00" * 32], 1, "shorter")):
            self.assertIn(message, run("ledger", *words, code=code)[1])


if __name__ == "__main__":
    main()
