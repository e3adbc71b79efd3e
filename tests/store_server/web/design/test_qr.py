import re

import segno

from store_server.web.design.qr import QUIET_MODULES, qr_code

RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z")


def test_the_path_draws_every_dark_module_and_no_other() -> None:
    code = qr_code("aislecue gateway enroll --server https://aislecue.example.com --code k7qf-2m9x-hh4t-vw83")
    drawn = set()
    for x, y, width, back in RUN.findall(code.path):
        assert width == back
        drawn |= {(int(x) + k, int(y)) for k in range(int(width))}
    matrix = segno.make(
        "aislecue gateway enroll --server https://aislecue.example.com --code k7qf-2m9x-hh4t-vw83",
        micro=False,
        error="m",
    ).matrix
    dark = {
        (x + QUIET_MODULES, y + QUIET_MODULES)
        for y, row in enumerate(matrix)
        for x, one in enumerate(row)
        if one
    }
    assert drawn == dark
    assert code.size == len(matrix) + 2 * QUIET_MODULES
