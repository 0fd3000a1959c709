"""Templates with escaping always on: the only way by which text becomes HTML on the page."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

ASSETS = Path(__file__).parent / "assets"


def _exact(text: str) -> Markup:
    """Escape so that the browser's text is this text: a parser turns a bare CR into a line feed."""
    return Markup(str(escape(text)).replace("\r", "&#13;"))  # noqa: S704 - escaped just here


def environment(folder: Path) -> Environment:
    """The templates of a folder; whatever they are given is escaped, and a missing value is an error."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["exact"] = _exact
    return made


_ENVIRONMENT = environment(Path(__file__).parent / "templates")


def render(template: str, **values: Any) -> str:
    """Fill a template; every value is escaped as text."""
    return _ENVIRONMENT.get_template(template).render(**values)


def asset(name: str) -> str:
    """The text of a file that goes to the browser as it is."""
    return (ASSETS / name).read_text(encoding="utf-8")
