#!/usr/bin/python3
"""dpdm bench as a user meets it: figures that hang together, the plan of the recipe, nothing opened or written."""
import os
import tempfile
import unittest

from program import main, run, run_json

RECIPE = """data: nowhere
height: 8
width: 8
channels: 1
classes: 2
records: 1000
width_base: 8
multipliers: [1]
blocks: 1
attention: []
batch: 100
steps: 10
epsilon: 5
delta: 1e-5
multiplicity: 2
"""


class Bench(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="dpdm-bench-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.recipe = os.path.join(self.folder, "recipe.yaml")
        with open(self.recipe, "w") as file:
            file.write(RECIPE)

    def test_figures_hang_together(self):
        words = ["--config", self.recipe, "--threads", "2"]
        figures = run_json("bench", *words, "--seconds", "0.1", cwd=self.folder)
        plan = run_json("train", *words, "--dry-run")
        for key in ("parameters", "threads", "kernels", "chunk", "multiplicity", "flops_per_draw"):
            self.assertEqual(figures[key], plan[key], key)
        self.assertTrue(all(value > 0 for value in figures.values() if isinstance(value, float)))
        image = figures["ms_per_draw"] * 2 / 1000
        self.assertAlmostEqual(figures["images_per_second"] * image, 1, 6)
        self.assertGreater(figures["estimated_seconds"], 10 * 100 * image)
        self.assertLess(figures["privacy_share"], 1)
        efficiency = figures["ms_per_draw_one_thread"] / figures["ms_per_draw"] / 2
        self.assertAlmostEqual(figures["parallel_efficiency"], efficiency, 6)
        roof = 2 * figures["roof_gflops_per_core"]
        self.assertAlmostEqual(figures["roof_share_training"] * roof / figures["gflops"], 1, 6)
        sampled = figures["roof_share_sampling"] * roof * figures["sampling_ms_per_evaluation"] * 1e6
        self.assertTrue(0.3 < sampled / plan["flops_per_draw"] < 0.5, (sampled, plan["flops_per_draw"]))  # backward is twice forward
        self.assertEqual(os.listdir(self.folder), ["recipe.yaml"])

    def test_text_and_refusals(self):
        out, note = run("bench", "--config", self.recipe, "--seconds", "0")
        for word in ("ms a draw", "of it, sampling", "efficient", "privacy", "memory", "sampling", "whole run"):
            self.assertIn(word, out)
        self.assertIn("random images", note)
        _, message = run("bench", "--config", self.recipe, "--chunk", "-1", code=2)
        self.assertIn("chunk", message)
        run("bench", "--preset", "no-such", code=2)


if __name__ == "__main__":
    main()
