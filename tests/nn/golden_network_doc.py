#!/usr/bin/python3
"""The table of tensors in docs/network.md is the one the program makes."""
import os
import subprocess
import sys

program = os.path.join(os.environ["DPDM_BUILD"], "tests", "nn", "network_table")
page = open(os.path.join(os.environ["DPDM_SOURCE"], "docs", "network.md"), encoding="utf-8").read()
good = True
for network in ("unet28",):
    table = subprocess.run([program, network], check=True, capture_output=True, text=True).stdout
    if table not in page:
        print(f"docs/network.md does not hold the output of: {program} {network}")
        good = False
sys.exit(not good)
