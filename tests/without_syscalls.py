"""A Python of its own to which the kernel refuses some system calls, as a unit's SystemCallFilter does (seccomp(3))."""

import ctypes.util
import subprocess
import sys
from collections.abc import Collection

import pytest

ADJTIMEX = ("adjtimex", "clock_adjtime", "clock_adjtime64")
"""What a libc may call for adjtimex()."""

_REFUSE = """\
import ctypes, errno, sys
library, names = ctypes.CDLL(sys.argv[1]), sys.argv[2:]
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
library.seccomp_init.restype = ctypes.c_void_p
context = ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(ALLOW)))
for name in names:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:  # below: this machine has none of that name
        assert library.seccomp_rule_add_array(context, ctypes.c_uint32(ERRNO | errno.EPERM), number, 0, None) == 0
assert library.seccomp_load(context) == 0
"""


def run_without(names: Collection[str], program: str) -> str:
    """Run a program to which these calls are refused with EPERM; return what it says on standard error."""
    library = ctypes.util.find_library("seccomp")
    if library is None:
        pytest.skip("libseccomp is not installed (apt-get install libseccomp2)")
    command = [sys.executable, "-c", _REFUSE + program, library, *sorted(names)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stderr
