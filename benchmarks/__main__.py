"""All benchmarks, one after the other (`make bench`): each prints its table; `--json` prints one object of all."""

import argparse
import json
import subprocess
import sys

from benchmarks.peers import ROOT

QUESTIONS = sorted(
    path.stem
    for path in (ROOT / "benchmarks").glob("*.py")
    if "argparse" in path.read_text() and path.stem[0] != "_"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("only", nargs="*", help=f"which of {', '.join(QUESTIONS)}")
    args = parser.parse_args()
    answers, failed = {}, []
    for question in args.only or QUESTIONS:
        command = [sys.executable, "-m", f"benchmarks.{question}", *(["--json"] if args.json else [])]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE if args.json else None, check=False)
        if done.returncode != 0:
            failed.append(question)
        elif args.json:
            answers[question] = json.loads(done.stdout.splitlines()[-1])
    if args.json:
        print(json.dumps(answers))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
