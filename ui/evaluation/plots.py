"""The plots of a report. Importing this module imports matplotlib, so only a report does.

Runs are told apart by colour, by marker and by line style, the same in every plot.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qa.evaluation.report import ConfidenceBin, EvaluationReport, Interval, Refusals
from ui.evaluation.strings import BROWSER, FIGURES, PAGE, Said, joined, same
from ui.evaluation.svg import CARD, FAINT, INK, SERIES, Lettering, drawing, inline_svg
from ui.evaluation.wording import number, percent

# In points, which become the units of the view box: 430 wide, so that text stays legible on a phone.
_WIDTH = 430
_HEIGHT = 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 12, 12, 46
_Y_LABEL = 11
_POINTS_PER_INCH = 72
_BAR = 11
_BETWEEN_GROUPS = 12
_LABEL_LETTER = 6.6
_LONGEST_LABEL = 20
_BIN_ENDS = (1, 2, 3, 4, 5, 10, 20, 50, 100)
_SHOWN_ONE_BY_ONE = 10
_CURVE_POINTS = 300
_MOST_TICKS = 6
# In percent: lines nearer to one another would be taken for one.
_CLOSE = 2.0

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
    drawn = (
        _recall_curve(report),
        _type_bars(report),
        _first_ranks(report),
        _risk_coverage(report),
        _reliability(report),
    )
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
        axes.set_ylabel(write(PAGE[y]), rotation_mode="anchor")
        # At the anchor, so that the words of either language are centred on the axis.
        axes.yaxis.label.set_horizontalalignment("center")
        # At the edge, however wide the figures beside it: they must not push it out of the drawing.
        axes.yaxis.set_label_coords(-(_LEFT - _Y_LABEL) / (_WIDTH - _LEFT - _RIGHT), 0.5)


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


def _reliability(report: EvaluationReport) -> Plot | None:
    measured = {
        index: run.refusals.reliability
        for index, run in enumerate(report.runs)
        if run.refusals is not None and run.refusals.reliability
    }
    if not measured:
        return None
    thresholds = _thresholds(report, measured)
    write = Lettering()
    with drawing("reliability"):
        figure, axes = _figure()
        axes.plot((0, 100), (0, 100), color=FAINT, linewidth=0.8, zorder=1)
        _threshold_lines(axes, write, thresholds)
        for run, bins in measured.items():
            _reliability_line(axes, run, bins)
        axes.set_xlim(0, 100)
        axes.set_ylim(0, 100)
        ticks = [0, 20, 40, 60, 80, 100]
        axes.set_xticks(ticks, [str(tick) for tick in ticks])
        axes.set_yticks(ticks, [str(tick) for tick in ticks])
        axes.grid(axis="y")
        _label_axes(axes, write, "confidence_axis", "answerable_axis")
        svg = inline_svg(figure, "reliability", write)
    several = len(report.runs) > 1
    return Plot(
        "reliability",
        PAGE["reliability"],
        joined([PAGE["reliability_aid"], *([_threshold_sentence(thresholds)] if thresholds else [])]),
        svg,
        tuple(measured),
        Numbers(
            (
                PAGE["confidence_axis"],
                *((PAGE["run"],) if several else ()),
                PAGE["answerable_axis"],
                FIGURES["interval"].name,
                PAGE["count"],
            ),
            tuple(
                (
                    same(percent(each.confidence)),
                    *((same(report.runs[run].name),) if several else ()),
                    same(percent(each.answerable)),
                    same(f"{percent(each.low)}–{percent(each.high)}"),
                    same(number(each.questions)),
                )
                for run, bins in measured.items()
                for each in bins
            ),
        ),
    )


def _reliability_line(axes: Axes, run: int, bins: Sequence[ConfidenceBin]) -> None:
    places = [100 * each.confidence for each in bins]
    axes.vlines(
        places,
        [100 * each.low for each in bins],
        [100 * each.high for each in bins],
        color=SERIES[run % len(SERIES)],
        linewidth=1.2,
        alpha=0.6,
        zorder=2,
    )
    _marked_line(axes, run, places, [100 * each.answerable for each in bins], list(range(len(bins))))


def _thresholds(report: EvaluationReport, runs: Iterable[int]) -> list[tuple[float, Said]]:
    """Thresholds in percent, rising, with the languages that they are for: those asked in, else all."""
    found: set[tuple[float, str]] = set()
    for run in (report.runs[index] for index in runs):
        if run.refusals is not None:
            of_run = run.refusals.threshold
            asked = {group.name for group in run.languages} & set(of_run)
            found |= {(100 * of_run[name], name) for name in asked or of_run}
    return [(value, BROWSER[name] if name in {"zh", "en"} else same(name)) for value, name in sorted(found)]


def _threshold_sentence(thresholds: Sequence[tuple[float, Said]]) -> Said:
    named = [(name, f"{value:.1f}%") for value, name in thresholds]
    return PAGE["reliability_thresholds"].format(
        thresholds=Said(
            BROWSER["comma"].chinese.join(f"{name.chinese} {value}" for name, value in named),
            BROWSER["comma"].english.join(f"{name.english} {value}" for name, value in named),
        )
    )


def _threshold_lines(axes: Axes, write: Lettering, thresholds: Sequence[tuple[float, Said]]) -> None:
    """A line for each threshold; those that are close share one, in the middle of them."""
    together: list[list[tuple[float, Said]]] = []
    for each in thresholds:
        if together and each[0] - together[-1][0][0] <= _CLOSE:
            together[-1].append(each)
        else:
            together.append([each])
    for nth, group in enumerate(together):
        middle = fmean(value for value, _ in group)
        names = {name for _, name in group}
        axes.axvline(middle, color=FAINT, linestyle=":", linewidth=1.2, zorder=1)
        # Away from its neighbour, so that names do not run into each other.
        side = "center" if len(together) == 1 else ("left" if nth else "right")
        axes.annotate(
            write(names.pop() if len(together) > 1 and len(names) == 1 else PAGE["threshold"]),
            (middle, 100),
            xytext=(0, 4),
            textcoords="offset points",
            horizontalalignment=side,
            color=FAINT,
        )
