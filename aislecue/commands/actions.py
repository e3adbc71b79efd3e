"""The actions of a command, such as `plan apply`: each explains itself, with an example (SPEC 6)."""

import argparse
from typing import TypeAlias

Actions: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_action(actions: Actions, name: str, does: str, example: str) -> argparse.ArgumentParser:
    """Add an action; `example` is a command line that works, without `aislecue`."""
    return actions.add_parser(
        name,
        help=does,
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=f"example:\n  aislecue {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
