"""The command `aislecue`: finds the part asked for and loads only that (SPEC 6)."""

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version

from protocol.errors import BadInput

DONE, PROBLEMS, WRONG_USE = 0, 1, 2

COMMANDS = {
    "demo": "a whole store in one process, on simulated radio: see it work",
    "server": "run the store server",
    "gateway": "run the Pi side: scan and publish; doctor; record",
    "replay": "run a recorded trace through the real decoder, tracker and fusion",
    "simulate": "decide recorded sightings offline, without a server",
    "check": "check plans and campaigns: schema, references, lint",
    "explain": "say why a shopper got, or did not get, a message at an instant",
    "plan": "move store plans between files and server",
    "campaigns": "move campaigns between files and server",
    "firmware": "render configurations for beacons, gateways and the broker",
    "db": "upgrade, check, back up or restore the database",
    "user": "accounts of the console: add, list, password, remove",
    "shopper": "export or erase what is kept about a shopper",
}
"""Name -> one line; the module of the same name in aislecue/commands does the work."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 found problems, 2 wrong use."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] in ("-h", "--help"):
        print(_overview())
        return DONE if arguments else WRONG_USE
    name = arguments[0]
    if name == "--version":
        print(f"aislecue {version('aislecue')}")
        return DONE
    if name not in _available():
        print(
            f"aislecue: {name!r} is not a command; expected one of: {', '.join(_available())}",
            file=sys.stderr,
        )
        return WRONG_USE
    parser, run = command(name)
    return _run(name, lambda: run(parser.parse_args(arguments[1:])))


def command(name: str) -> tuple[argparse.ArgumentParser, Callable[[argparse.Namespace], int]]:
    """Load one command: how it is asked, and what does it."""
    module = importlib.import_module(f"aislecue.commands.{name}")
    parser = argparse.ArgumentParser(
        prog=f"aislecue {name}",
        description=COMMANDS[name],
        epilog=module.HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.add_arguments(parser)
    return parser, module.run


def _run(name: str, work: Callable[[], int]) -> int:
    """Do the work; what a person can mend is told in a line."""
    try:
        code = work()
        sys.stdout.flush()  # here, where a reader that has gone is no fault
    except BadInput as fault:
        print(fault, file=sys.stderr)
        return PROBLEMS
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader (head, less) has seen enough; the interpreter must not flush into the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as fault:
        place = fault.filename or f"aislecue {name}"
        print(f"{place}: expected to read or write it, got {fault.strerror or fault}", file=sys.stderr)
        return PROBLEMS
    return code


def _available() -> list[str]:
    return [name for name in COMMANDS if importlib.util.find_spec(f"aislecue.commands.{name}") is not None]


def _overview() -> str:
    rows = "\n".join(f"  {name:<10} {COMMANDS[name]}" for name in _available())
    return f"usage: aislecue COMMAND [options]\n\n{rows}\n\nexample: aislecue demo\nEvery command explains itself: aislecue COMMAND --help\nWhich version this is: aislecue --version"


if __name__ == "__main__":
    sys.exit(main())
