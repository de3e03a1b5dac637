#!/usr/bin/python3
"""The table and the picture of docs/quality.md, from docs/quality.csv.

usage: tools/quality.py [--check]

Writes the table between the marks of docs/quality.md and docs/images/quality.svg: accuracy against the core-minutes of training, by the
rate of docs/performance.md (CORE_MS a noise draw of the network that all of our rows have); rivals and published figures are
lines. --check: writes nothing, and fails if they are not what the file of rows gives.
"""
import csv
import html
import os
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "docs")
TABLE, CHART, ROWS = (os.path.join(ROOT, name) for name in ("quality.md", "images/quality.svg", "quality.csv"))
BEGIN, END = "<!-- table -->\n", "<!-- end of the table -->\n"
CORE_MS = 0.78
PANELS = [("Fashion-MNIST", "10"), ("Fashion-MNIST", "1"), ("MNIST", "10"), ("MNIST", "1")]
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, MOST_MINUTES = 460, 260, 44, 30, 40, 30
RANGE = {"Fashion-MNIST": (70, 90), "MNIST": (86, 100)}


def minutes(row):
    return float(row["draws"]) * CORE_MS / 60000


def table(rows):
    lines = ["| set | epsilon | | core-minutes of training | accuracy | classifier seeds |", "|---|---|---|---|---|---|"]
    for row in rows:
        spread = f" (sd {row['sd']})" if row["sd"] else ""
        time = f"{minutes(row):.0f}" if row["draws"] else ""
        lines.append(f"| {row['set']} | {row['epsilon']} | {row['who']} | {time} | {row['accuracy']} %{spread} | {row['seeds']} |")
    return "\n".join(lines) + "\n"


def label(where, text, left, right, y):
    """Published lines are named above their right end, the rival's, which may lie next to one, below its left end."""
    if where == "rival":
        return f'<text x="{left + 4:.1f}" y="{y + 13:.1f}">{text}</text>'
    return f'<text x="{right:.1f}" y="{y - 4:.1f}" text-anchor="end">{text}</text>'


def panel(rows, title, x, y):
    low, high = RANGE[title[0]]
    across = lambda m: x + LEFT + m / MOST_MINUTES * (WIDTH - LEFT - 20)
    up = lambda a: y + HEIGHT - BOTTOM - (float(a) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)
    out = [f'<text x="{x + LEFT}" y="{y + 18}" class="title">{title[0]}, epsilon {title[1]}</text>']
    for a in range(low, high + 1, 5 if high - low > 15 else 2):
        out.append(f'<path d="M{across(0):.1f} {up(a):.1f}H{across(MOST_MINUTES):.1f}" class="grid"/>'
                   f'<text x="{x + LEFT - 6}" y="{up(a) + 4:.1f}" text-anchor="end">{a}</text>')
    for m in range(0, MOST_MINUTES + 1, 5):
        out.append(f'<text x="{across(m):.1f}" y="{y + HEIGHT - BOTTOM + 16}" text-anchor="middle">{m}</text>')
    out.append(f'<text x="{across(MOST_MINUTES / 2):.1f}" y="{y + HEIGHT - 6}" text-anchor="middle">core-minutes of training</text>')
    for row in rows:
        a, name = up(row["accuracy"]), html.escape(row["who"].split(" (")[0])
        if row["where"] == "ours":
            out.append(f'<circle cx="{across(minutes(row)):.1f}" cy="{a:.1f}" r="4"><title>{html.escape(row["who"])}: '
                       f'{row["accuracy"]} %</title></circle>')
        else:
            out.append(f'<path d="M{across(0):.1f} {a:.1f}H{across(MOST_MINUTES):.1f}" class="{row["where"]}"/>'
                       + label(row["where"], f'{name} {row["accuracy"]}', across(0), across(MOST_MINUTES), a))
    return out


def chart(rows):
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {2 * HEIGHT}" role="img" '
           'aria-label="accuracy against core-minutes of training">',
           "<style>text{font:11px sans-serif;fill:#333}.title{font-weight:bold;font-size:13px}path{fill:none}.grid{stroke:#ddd}"
           ".published{stroke:#888;stroke-dasharray:5 3}.rival{stroke:#b40}circle{fill:#06c}</style>",
           f'<rect width="{2 * WIDTH}" height="{2 * HEIGHT}" fill="#fff"/>']
    for i, title in enumerate(PANELS):
        mine = [row for row in rows if (row["set"], row["epsilon"]) == title]
        out += panel(mine, title, i % 2 * WIDTH, i // 2 * HEIGHT)
    return "\n".join(out + ["</svg>"]) + "\n"


def main():
    with open(ROWS, newline="") as file:
        rows = list(csv.DictReader(file))
    with open(TABLE) as file:
        page = file.read()
    head, rest = page.split(BEGIN)
    want = {TABLE: head + BEGIN + table(rows) + END + rest.split(END)[1], CHART: chart(rows)}
    if "--check" in sys.argv[1:]:
        stale = []
        for path, text in want.items():
            with open(path) as file:
                if file.read() != text:
                    stale.append(os.path.relpath(path, ROOT))
        if stale:
            sys.exit(f"docs/{' and docs/'.join(stale)}: not what docs/quality.csv gives; run tools/quality.py")
        return
    for path, text in want.items():
        with open(path, "w") as file:
            file.write(text)


if __name__ == "__main__":
    main()
