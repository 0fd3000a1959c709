"""From a matplotlib figure to SVG that is part of a page, with the page's own words, colours and fonts."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from xml.etree import ElementTree as ET

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ui.evaluation.strings import Said

INK: Final = "#000001"
FAINT: Final = "#000002"
RULE: Final = "#000003"
CARD: Final = "#000004"
SERIES: Final = ("#00000a", "#00000b", "#00000c", "#00000d", "#00000e", "#00000f")

# What the colours above, which nothing is really painted with, stand for in the page.
_IN_PAGE = {
    INK: "currentColor",
    FAINT: "var(--faint)",
    RULE: "var(--rule)",
    CARD: "var(--card)",
    **{colour: f"var(--run-{number})" for number, colour in enumerate(SERIES, start=1)},
}
_COLOUR = re.compile("|".join(_IN_PAGE))
_LONG_FRACTION = re.compile(r"(\.\d\d)\d+")
_FONT = re.compile(r"font-family:[^;]*;?\s*")
_LOCAL_REFERENCE = re.compile(r"#(?=[a-z])")
_STYLE: Final[dict[Any, Any]] = {
    "font.size": 12,
    "svg.fonttype": "none",
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": FAINT,
    "axes.facecolor": "none",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.8,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "xtick.major.pad": 6,
    "ytick.major.pad": 6,
}


class Lettering:
    """Stand-ins for the words of a figure, exchanged for them once it is drawn.

    So matplotlib meets no letter that its own font lacks and no ``$`` that it would take for mathematics,
    and one figure serves both languages.
    """

    def __init__(self) -> None:
        self._words: dict[str, Said] = {}

    def __call__(self, words: Said) -> str:
        """The stand-in for these words."""
        token = f"w{len(self._words)}"
        self._words[token] = words
        return token

    def into(self, element: ET.Element) -> None:
        """Put the words in where their stand-in is."""
        words = self._words.get(element.text or "")
        if words is None:
            return
        if words.chinese == words.english:
            element.text = words.english
            return
        element.text = None
        for language, text in (("zh-CN", words.chinese), ("en", words.english)):
            ET.SubElement(element, "tspan", {"class": "localised", "lang": language}).text = text


@contextmanager
def drawing(name: str) -> Iterator[None]:
    """Matplotlib as these plots take it, whatever the user's own settings; ids are the same every time."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE | {"svg.hashsalt": name})
        yield


def inline_svg(figure: Figure, name: str, lettering: Lettering) -> Markup:
    """The figure as an element that is named by ``plot-{name}``; to be called within :func:`drawing`."""
    FigureCanvasSVG(figure)
    drawn = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(drawn, format="svg", transparent=True, metadata=nothing)
    root = ET.fromstring(drawn.getvalue())  # noqa: S314 - our own drawing, of stand-ins only
    box = root.attrib["viewBox"]
    root.attrib.clear()
    for parent in list(root.iter()):
        for child in list(parent):
            # Its style sheet would be the whole page's.
            if child.tag.endswith(("}style", "}metadata")):
                parent.remove(child)
    for element in root.iter():
        _into_page(element, name)
        lettering.into(element)
    root.attrib.update({"viewBox": box, "role": "img", "aria-labelledby": f"plot-{name}"})
    return Markup(ET.tostring(root, encoding="unicode"))  # noqa: S704 - the serialiser has escaped all text


def _into_page(element: ET.Element, name: str) -> None:
    """Without namespaces, and with ids, colours and fonts that fit into a page with other figures."""
    element.tag = element.tag.rpartition("}")[2]
    for key, value in list(element.attrib.items()):
        del element.attrib[key]
        local = key.rpartition("}")[2]
        if local == "id":
            kept = f"{name}-{value}"
        elif local == "style":
            kept = _COLOUR.sub(lambda found: _IN_PAGE[found[0]], _FONT.sub("", value))
        elif local in {"href", "clip-path"}:
            kept = _LOCAL_REFERENCE.sub(f"#{name}-", value)
        else:
            kept = value
        element.attrib[local] = _LONG_FRACTION.sub(r"\1", kept)
