"""How much backlog is let out: more while the line is quick, half when it is slow, by the line's own measure."""

from gateway.window import FIRST, LARGEST, LATE_MS, SMALLEST, Window


def test_it_opens_while_acks_come_in_time() -> None:
    window = Window()
    for n in range(1_000):
        window.acked(n * 10, n * 10 + 80)
    assert window.size == LARGEST


def test_it_closes_to_half_once_for_all_that_was_sent_before() -> None:
    window = Window()
    window.acked(0, 80)
    for n in range(10):
        window.acked(100 + n, 100 + n + 80 + LATE_MS + 1)
    assert window.size == (FIRST + 1) // 2


def test_it_never_closes_altogether() -> None:
    window = Window()
    window.acked(0, 80)
    for n in range(1, 100):
        window.acked(n * 10_000, n * 10_000 + 5_000)
    assert window.size == SMALLEST


def test_a_line_that_is_always_slow_is_no_reason_to_close() -> None:
    window = Window()
    for n in range(50):
        window.acked(n * 10, n * 10 + 900)
    assert window.size == FIRST + 50
