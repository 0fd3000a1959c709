"""The plots of a report. Importing this module imports matplotlib, so only a report does.

Runs are told apart by colour, by marker and by line style, the same in every plot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qa.evaluation.report import EvaluationReport, Interval, Refusals
from ui.evaluation.strings import PAGE, Said, same
from ui.evaluation.svg import CARD, FAINT, INK, SERIES, Lettering, drawing, inline_svg
from ui.evaluation.wording import number, percent

# In points, which become the units of the view box: 430 wide, so that text stays legible on a phone.
_WIDTH = 430
_HEIGHT = 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 12, 46
_POINTS_PER_INCH = 72
_BAR = 11
_BETWEEN_GROUPS = 12
_LABEL_LETTER = 6.6
_LONGEST_LABEL = 20
_BIN_ENDS = (1, 2, 3, 4, 5, 10, 20, 50, 100)
_SHOWN_ONE_BY_ONE = 10
_CURVE_POINTS = 300
_MOST_TICKS = 6

MARKERS: Final = ("o", "s", "^", "D", "v", "P")
# A triangle looks smaller than a square of the same height.
_SIZES = (1.0, 0.95, 1.3, 1.0, 1.3, 1.2)
_LINES = ("-", "--", "-.", ":", (0, (6, 1, 1, 1, 1, 1)), (0, (1, 1)))
_MARKED = frozenset({1, 3, 5, 10, 20, 50, 100})


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a plot shows, in figures: the first column is what the rows are called by."""

    columns: tuple[Said, ...]
    rows: tuple[tuple[Said, ...], ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing with its title, how it is read, the runs that are in it, and its figures."""

    name: str
    title: Said
    aid: Said
    svg: Markup
    runs: tuple[int, ...]
    numbers: Numbers | None = None


def draw_plots(report: EvaluationReport) -> list[Plot]:
    """All plots that the report has something for."""
    drawn = (_recall_curve(report), _type_bars(report), _first_ranks(report), _risk_coverage(report))
    return [plot for plot in drawn if plot is not None]


def _figure(height: float = _HEIGHT, left: float = _LEFT) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(_WIDTH / _POINTS_PER_INCH, height / _POINTS_PER_INCH))
    axes = figure.add_axes(
        (
            left / _WIDTH,
            _BOTTOM / height,
            1 - (left + _RIGHT) / _WIDTH,
            1 - (_TOP + _BOTTOM) / height,
        )
    )
    return figure, axes


def _label_axes(axes: Axes, write: Lettering, x: str, y: str | None) -> None:
    axes.set_xlabel(write(PAGE[x]), labelpad=7)
    if y is not None:
        axes.set_ylabel(write(PAGE[y]), labelpad=20, rotation_mode="anchor")
        # At the anchor, so that the words of either language are centred on the axis.
        axes.yaxis.label.set_horizontalalignment("center")


def _percent_ticks(low: float, high: float) -> list[float]:
    step = next(step for step in (2, 5, 10, 20) if (high - low) / step <= _MOST_TICKS)
    first = -(-low // step) * step
    return [first + step * n for n in range(int((high - first) // step) + 1)]


def _marked_line(axes: Axes, run: int, x: Sequence[float], y: Sequence[float], marked: list[int]) -> None:
    axes.plot(
        x,
        y,
        color=SERIES[run % len(SERIES)],
        linestyle=_LINES[run % len(_LINES)],
        linewidth=2,
        marker=MARKERS[run % len(MARKERS)],
        markersize=6.5 * _SIZES[run % len(_SIZES)],
        markevery=marked,
        markeredgecolor=CARD,
        markeredgewidth=1,
        clip_on=False,
        zorder=3,
    )


def _recall_curve(report: EvaluationReport) -> Plot | None:
    curves = {index: run.recall_curve for index, run in enumerate(report.runs) if run.recall_curve}
    if not curves:
        return None
    write = Lettering()
    depth = max(map(len, curves.values()))
    with drawing("recall"):
        figure, axes = _figure()
        for run, curve in curves.items():
            marked = [k - 1 for k in sorted(_MARKED) if k <= len(curve)]
            _marked_line(axes, run, range(1, len(curve) + 1), [100 * value for value in curve], marked)
        low = max(0.0, 10 * ((min(map(min, curves.values())) * 100 - 4) // 10))
        axes.axvline(report.answered_from, color=FAINT, linestyle=":", linewidth=1.2, zorder=1)
        axes.set_xlim(0.5, depth + 0.5)
        axes.set_ylim(low, 100)
        ticks = _rank_ticks(depth)
        axes.set_xticks(ticks, [str(k) for k in ticks])
        heights = _percent_ticks(low, 100)
        axes.set_yticks(heights, [f"{height:g}" for height in heights])
        axes.grid(axis="y")
        _label_axes(axes, write, "k_axis", "recall_axis")
        svg = inline_svg(figure, "recall", write)
    shown = [k for k in range(1, depth + 1) if k <= _SHOWN_ONE_BY_ONE or k % 10 == 0]
    return Plot(
        "recall",
        PAGE["recall_curve"],
        PAGE["recall_curve_aid"],
        svg,
        tuple(curves),
        Numbers(
            (PAGE["k_axis"], *(same(report.runs[run].name) for run in curves)),
            tuple(
                (same(str(k)), *(same(percent(c[k - 1]) if k <= len(c) else "") for c in curves.values()))
                for k in shown
            ),
        ),
    )


def _rank_ticks(depth: int) -> list[int]:
    step = next((step for step in (1, 2, 5, 10, 20, 50) if depth / step <= _MOST_TICKS), depth)
    return [1, *range(step if step > 1 else 2, depth + 1, step)]


def _shortened(name: str) -> tuple[str, float]:
    """A name that fits beside a bar, and about how wide it is; a Han character takes two letters' room."""
    room = 0.0
    for at, character in enumerate(name):
        room += 2 if ord(character) > 0x2E7F else 1  # noqa: PLR2004 - where wide scripts begin
        if room > _LONGEST_LABEL:
            return name[:at] + "…", _LONGEST_LABEL
    return name, room


def _type_bars(report: EvaluationReport) -> Plot | None:
    metric = "recall@5"
    types: dict[str, int] = {}
    values: dict[tuple[str, int], Interval] = {}
    for index, each in enumerate(report.runs):
        for group in each.types:
            if (interval := group.metrics.get(metric)) is not None:
                types.setdefault(group.name, interval.questions)
                values[group.name, index] = interval
    if not types:
        return None
    runs = sorted({run for _, run in values})
    write = Lettering()
    labels = [(*_shortened(name), count) for name, count in types.items()]
    widest = max(room + len(f" ({number(count)})") for _, room, count in labels)
    band = _BAR * len(runs) + _BETWEEN_GROUPS
    with drawing("types"):
        figure, axes = _figure(_TOP + _BOTTOM + band * len(types), left=min(190, 14 + _LABEL_LETTER * widest))
        for place, name in enumerate(types):
            for nth, run in enumerate(runs):
                if (interval := values.get((name, run))) is not None:
                    y = place * band + (nth - (len(runs) - 1) / 2) * _BAR
                    _whiskered_bar(axes, run, y, interval)
        axes.set_xlim(0, 101)
        axes.set_ylim(band * (len(types) - 0.5), -0.5 * band)
        axes.set_xticks([0, 20, 40, 60, 80, 100], ["0", "20", "40", "60", "80", "100"])
        axes.set_yticks(
            [place * band for place in range(len(types))],
            [write(same(f"{short} ({number(count)})")) for short, _, count in labels],
        )
        axes.grid(axis="x")
        axes.spines["left"].set_visible(False)
        _label_axes(axes, write, "recall5_axis", None)
        svg = inline_svg(figure, "types", write)
    return Plot("types", PAGE["types_plot"], PAGE["types_plot_aid"], svg, tuple(runs))


def _whiskered_bar(axes: Axes, run: int, y: float, interval: Interval) -> None:
    colour = SERIES[run % len(SERIES)]
    mean, low, high = (100 * value for value in (interval.mean, interval.low, interval.high))
    axes.barh(y, mean, height=_BAR - 2, color=colour, alpha=0.3, linewidth=0)
    axes.plot((low, high), (y, y), color=INK, linewidth=1.2, solid_capstyle="butt", zorder=3)
    _mark(axes, run, mean, y, 5.5)


def _mark(axes: Axes, run: int, x: float, y: float, size: float) -> None:
    axes.plot(
        [x],
        [y],
        marker=MARKERS[run % len(MARKERS)],
        markersize=size * _SIZES[run % len(_SIZES)],
        color=SERIES[run % len(SERIES)],
        markeredgecolor=CARD,
        markeredgewidth=0.8,
        clip_on=False,
        zorder=4,
    )


def _rank_bins(depth: int) -> Iterator[tuple[int, int]]:
    """Ranks one by one while a reader would look at them, and then together."""
    first = 1
    for last in (*_BIN_ENDS, depth):
        if first <= min(last, depth):
            yield first, min(last, depth)
            first = last + 1


def _first_ranks(report: EvaluationReport) -> Plot | None:
    runs = [index for index, run in enumerate(report.runs) if sum(run.first_ranks) + run.never]
    if not runs:
        return None
    depth = max(len(report.runs[run].first_ranks) for run in runs)
    bins = list(_rank_bins(depth))
    labels = [*(same(str(a) if a == b else f"{a}–{b}") for a, b in bins), PAGE["never"]]
    counts = {
        run: [*(sum(report.runs[run].first_ranks[a - 1 : b]) for a, b in bins), report.runs[run].never]
        for run in runs
    }
    write = Lettering()
    # A little apart: these are no rank.
    places = [*range(len(bins)), len(bins) + 0.4]
    with drawing("ranks"):
        figure, axes = _figure()
        width = 0.78 / len(runs)
        for nth, run in enumerate(runs):
            for place, count in zip(places, counts[run], strict=True):
                x = place + (nth - (len(runs) - 1) / 2) * width
                axes.bar(x, count, width=width * 0.9, color=SERIES[run % len(SERIES)], alpha=0.3, linewidth=0)
                _mark(axes, run, x, count, 5)
        axes.set_xlim(-0.6, places[-1] + 0.6)
        axes.set_ylim(0, 1.06 * max(max(each) for each in counts.values()))
        axes.set_xticks(places, [write(label) for label in labels])
        axes.locator_params(axis="y", nbins=_MOST_TICKS, integer=True)
        axes.grid(axis="y")
        _label_axes(axes, write, "rank_axis", "questions_axis")
        svg = inline_svg(figure, "ranks", write)
    return Plot(
        "ranks",
        PAGE["first_ranks"],
        PAGE["first_ranks_aid"],
        svg,
        tuple(runs),
        Numbers(
            (PAGE["rank_axis"], *(same(report.runs[run].name) for run in runs)),
            tuple(
                (label, *(same(number(counts[run][row])) for run in runs)) for row, label in enumerate(labels)
            ),
        ),
    )


def _thinned(refusals: Refusals) -> list[tuple[float, float]]:
    """The curve in percent, of at most some hundred points: more would not be seen."""
    points = [(100 * c, 100 * r) for c, r in zip(refusals.coverage, refusals.risk, strict=True)]
    step = -(-len(points) // _CURVE_POINTS)
    return [*points[:-1:step], points[-1]]


def _risk_coverage(report: EvaluationReport) -> Plot | None:
    measured = {
        index: run.refusals
        for index, run in enumerate(report.runs)
        if run.refusals is not None and run.refusals.coverage
    }
    if not measured:
        return None
    write = Lettering()
    with drawing("risk"):
        figure, axes = _figure()
        highest = 0.0
        for run, refusals in measured.items():
            points = _thinned(refusals)
            x, y = zip(*points, strict=True)
            axes.plot(
                x,
                y,
                color=SERIES[run % len(SERIES)],
                linestyle=_LINES[run % len(_LINES)],
                linewidth=2,
                zorder=3,
            )
            highest = max(highest, *y)
            if refusals.at_threshold is not None:
                coverage, risk = (100 * value for value in refusals.at_threshold)
                highest = max(highest, risk)
                _mark(axes, run, coverage, risk, 11)
                axes.annotate(
                    write(PAGE["stands_here"]),
                    (coverage, risk),
                    xytext=(0, 11),
                    textcoords="offset points",
                    horizontalalignment="center",
                    zorder=5,
                )
        top = min(105.0, highest + 10)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, top)
        axes.set_xticks([0, 20, 40, 60, 80, 100], ["0", "20", "40", "60", "80", "100"])
        heights = _percent_ticks(0, top)
        axes.set_yticks(heights, [f"{height:g}" for height in heights])
        axes.grid(axis="y")
        _label_axes(axes, write, "coverage_axis", "risk_axis")
        svg = inline_svg(figure, "risk", write)
    return Plot("risk", PAGE["risk_coverage"], PAGE["risk_coverage_aid"], svg, tuple(measured))
