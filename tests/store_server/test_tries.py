"""Tries by one address: a few are a person's mistakes, more are not listened to, and nobody else suffers."""

from protocol.instants import SECOND
from store_server.tries import MAX_ADDRESSES, MOST, SPAN_MS, Tries
from tests.store_server.shop import OPENING

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


def guessed(address: str, times: int, tries: Tries) -> Tries:
    for n in range(times):
        tries.note(address, OPENING + n * SECOND)
    return tries


def test_a_few_mistakes_are_a_persons() -> None:
    assert guessed(HERE, MOST - 1, Tries()).wait_ms(HERE, OPENING + 20 * SECOND) == 0


def test_many_are_not_listened_to_until_the_first_is_forgotten() -> None:
    tries = guessed(HERE, MOST, Tries())
    assert tries.wait_ms(HERE, OPENING + 20 * SECOND) == SPAN_MS - 20 * SECOND
    assert tries.wait_ms(ELSEWHERE, OPENING + 20 * SECOND) == 0
    assert tries.wait_ms(HERE, OPENING + SPAN_MS) == 0


def test_an_ipv6_network_is_one_address() -> None:
    tries = Tries()
    for n in range(MOST):
        tries.note(f"2001:db8::{n + 1:x}", OPENING)
    assert tries.wait_ms("2001:db8::ffff", OPENING) > 0
    assert tries.wait_ms("2001:db8:0:1::1", OPENING) == 0


def test_a_flood_of_addresses_is_forgotten_oldest_first() -> None:
    tries = guessed(HERE, MOST, Tries())
    for n in range(MAX_ADDRESSES):
        tries.note(f"10.0.{n >> 8}.{n & 255}", OPENING)
    assert tries.wait_ms(HERE, OPENING) == 0


def test_without_a_bound_anybody_may_try_for_ever() -> None:
    assert guessed(HERE, 3 * MOST, Tries(most=0)).wait_ms(HERE, OPENING + 20 * SECOND) == 0
