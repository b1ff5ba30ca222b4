"""The pictures for the README: what a reader costs, ours beside the others, and among many.

python -m bench.picture docs/crowd.svg FILE.json …     draws crowds again, from what --json wrote
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from bench.harness import Results

PAPER, INK, QUIET, RULE, OURS = "#faf6ef", "#211d19", "#6b625a", "#e4dccf", "#7a2e2a"
PANELS = {
    "CPU, µs a reader and frame": "CPU for each reader and frame (µs)",
    "last reader, ms": "The last of 1,000 readers has it after (ms)",
    "memory, KiB a reader": "Memory of an idle reader (KiB)",
}

CROWD_PANELS = {
    "the last one has a post after, s": "The last one has it (s)",
    "CPU, µs a reader and frame": "CPU for each, a frame (µs)",
    "memory of all servers, KiB a reader": "Memory for each (KiB)",
    "ten thousand idle readers, % of a core": "10,000 idle (% of a core)",
}


def draw(results: Results, path: Path) -> None:
    """Write the picture as SVG. Logarithmic where the tutorial is a hundred times slower."""
    set_up()
    figure, panels = plt.subplots(1, len(PANELS), figsize=(11, 2.9), sharey=True)
    figure.set_facecolor(PAPER)
    for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
        values = {label: row[name] for label, row in results.servers.items() if name in row}
        bars(axes, title, values)
    figure.tight_layout(w_pad=2)
    figure.savefig(path, format="svg", metadata={"Date": None})


def draw_crowds(servers: dict[str, dict[str, float]], path: Path) -> None:
    """Write what a reader costs in crowds of several sizes as SVG: one bar for each crowd."""
    set_up()
    figure, panels = plt.subplots(1, len(CROWD_PANELS), figsize=(11, 1.9), sharey=True)
    figure.set_facecolor(PAPER)
    for axes, (name, title) in zip(panels, CROWD_PANELS.items(), strict=True):
        values = {label: row[name] for label, row in servers.items() if name in row}
        bars(axes, title, values, colour=OURS)
    figure.tight_layout(w_pad=2)
    figure.savefig(path, format="svg", metadata={"Date": None})


def set_up() -> None:
    """Have the same figures make the same file, in which letters stay letters."""
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    mpl.rcParams["font.family"] = ["sans-serif"]


def bars(axes: Axes, title: str, values: dict[str, float], colour: str = "") -> None:
    """One panel: a bar for each server, the first on top."""
    labels = list(values)[::-1]
    numbers = [values[label] for label in labels]
    colours = [colour or (OURS if label.startswith("BookShelf") else QUIET) for label in labels]
    axes.barh(labels, numbers, color=colours, height=0.62)
    if max(numbers) > 50 * min(numbers):
        axes.set_xscale("log")
        axes.set_xlim(min(numbers) / 2, max(numbers) * 8)
    else:
        axes.set_xlim(0, max(numbers) * 1.2)
    for row, number in enumerate(numbers):
        text = f"{number:,.0f}" if number >= 20 else f"{number:.1f}"
        axes.annotate(
            text, (number, row), (4, 0), textcoords="offset points", va="center", color=INK
        )
    axes.set_title(title, loc="left", color=INK, fontsize=10)
    axes.set_facecolor(PAPER)
    axes.tick_params(left=False, bottom=False, labelbottom=False, which="both", colors=INK)
    for side in axes.spines.values():
        side.set_visible(False)


if __name__ == "__main__":
    target, *files = map(Path, sys.argv[1:])
    crowds: dict[str, dict[str, float]] = {}
    for file in files:
        crowds |= json.loads(file.read_text())["servers"]
    draw_crowds(crowds, target)
