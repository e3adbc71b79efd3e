"""Pages and drawings that need nothing but themselves: one Jinja environment, escaping on, a missing name is a bug."""

from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template


def page(name: str) -> Template:
    """Return the template `FOLDER/FILE`."""
    return _environment().get_template(name)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    home = files("firmware_configs") / "templates"
    return Environment(
        autoescape=True,
        loader=FunctionLoader(lambda name: (home / name).read_text(encoding="utf-8")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
