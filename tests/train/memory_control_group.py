#!/usr/bin/python3
"""Catches limits of a real control group that are not seen, and a run that the system ends although its plan fitted. Needs to make
control groups (of version 1, or 2 with its controllers at the top): root can, outside most containers."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
from program import DPDM, main, run  # noqa: E402

GROUPS = pathlib.Path("/sys/fs/cgroup")
PERIOD = 100000  # microseconds in which a quota is spent


class Group:
    """A group of one test: of version 1, a folder for each controller."""
    def __init__(self):
        name = f"dpdm-test-{os.getpid()}"
        one = (GROUPS / "memory").is_dir()
        self.folders = [GROUPS / "memory" / name, GROUPS / "cpu" / name] if one else [GROUPS / name]
        self.memory = self.folders[0] / ("memory.limit_in_bytes" if one else "memory.max")
        self.cpu = self.folders[-1] / ("cpu.cfs_quota_us" if one else "cpu.max")
        try:
            for folder in self.folders:
                folder.mkdir()
            if not self.memory.exists() or not self.cpu.exists():
                raise OSError(f"{self.folders[0]} has no limits")
        except OSError as error:
            self.close()
            raise unittest.SkipTest(f"no control group can be made: {error}")

    def run(self, *words):
        """Runs the program within the group; its exit code, standard output and error."""
        def enter():
            for folder in self.folders:
                (folder / "cgroup.procs").write_text(str(os.getpid()))
        result = subprocess.run([DPDM, *map(str, words)], capture_output=True, text=True, preexec_fn=enter, timeout=600)
        return result.returncode, result.stdout, result.stderr

    def close(self):
        for folder in self.folders:
            if folder.is_dir():
                folder.rmdir()


class ControlGroup(unittest.TestCase):
    def setUp(self):
        self.group = Group()
        self.addCleanup(self.group.close)
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.root = pathlib.Path(place.name)
        run("data", "make", "leaves", "--count", 300, "--out", self.root / "data.npz")
        self.words = ["train", "--data", self.root / "data.npz", "--height", 28, "--width", 28, "--channels", 1, "--classes", 10,
                      "--records", 300, "--epsilon", 10, "--delta", "1e-5", "--batch", 8, "--steps", 2, "--multiplicity", 4,
                      "--seed", 1, "--no-preview", "--out", self.root / "run"]

    def plan(self, *more):
        code, out, err = self.group.run(*self.words, "--dry-run", "--json", *more)
        self.assertEqual(code, 0, err)
        return json.loads(out)

    def test_a_quota_of_processors(self):
        self.group.cpu.write_text(str(PERIOD) if "quota" in self.group.cpu.name else f"{PERIOD} {PERIOD}")
        self.assertEqual(self.plan()["threads"], 1)

    def test_a_limit_of_memory(self):
        one, free = self.plan("--threads", 1)["memory_bytes"], self.plan()
        self.group.memory.write_text(str(int(one / 0.9) + 2**20))
        narrow = self.plan()
        self.assertEqual((narrow["threads"], narrow["memory_bytes"]), (1, one))
        self.assertEqual("memory_note" in narrow, free["threads"] > 1)
        code, _, err = self.group.run(*self.words)
        self.assertEqual(code, 0, err)
        # What does not fit is said before anything is tried, for the system may end it there.
        self.group.memory.write_text(str(int(0.95 * one)))
        _, _, err = self.group.run(*self.words, "--dry-run")
        self.assertIn("may end the run", err)


if __name__ == "__main__":
    main()
