"""The picture for the README: what a reader costs, ours beside the others."""

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


def draw(results: Results, path: Path) -> None:
    """Write the picture as SVG. Logarithmic where the tutorial is a hundred times slower."""
    # The same figures make the same file; letters stay letters.
    mpl.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none", "font.size": 9})
    mpl.rcParams["font.family"] = ["sans-serif"]
    figure, panels = plt.subplots(1, len(PANELS), figsize=(11, 2.9), sharey=True)
    figure.set_facecolor(PAPER)
    for axes, (name, title) in zip(panels, PANELS.items(), strict=True):
        values = {label: row[name] for label, row in results.servers.items() if name in row}
        bars(axes, title, values)
    figure.tight_layout(w_pad=2)
    figure.savefig(path, format="svg", metadata={"Date": None})


def bars(axes: Axes, title: str, values: dict[str, float]) -> None:
    """One panel: a bar for each server, the first on top."""
    labels = list(values)[::-1]
    numbers = [values[label] for label in labels]
    colours = [OURS if label.startswith("BookShelf") else QUIET for label in labels]
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
