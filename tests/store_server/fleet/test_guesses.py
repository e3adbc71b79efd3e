"""Guessing enrolment codes: a few are a person's mistakes, more are not listened to, and nobody else suffers."""

from protocol.instants import SECOND
from store_server.fleet.guesses import MAX_ADDRESSES, MOST, SPAN_MS, Guesses
from tests.store_server.shop import OPENING

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


def guessed(address: str, times: int, guesses: Guesses) -> Guesses:
    for n in range(times):
        guesses.wrong(address, OPENING + n * SECOND)
    return guesses


def test_a_few_mistakes_are_a_persons() -> None:
    assert guessed(HERE, MOST - 1, Guesses()).wait_ms(HERE, OPENING + 20 * SECOND) == 0


def test_many_are_not_listened_to_until_the_first_is_forgotten() -> None:
    guesses = guessed(HERE, MOST, Guesses())
    assert guesses.wait_ms(HERE, OPENING + 20 * SECOND) == SPAN_MS - 20 * SECOND
    assert guesses.wait_ms(ELSEWHERE, OPENING + 20 * SECOND) == 0
    assert guesses.wait_ms(HERE, OPENING + SPAN_MS) == 0


def test_an_ipv6_network_is_one_address() -> None:
    guesses = Guesses()
    for n in range(MOST):
        guesses.wrong(f"2001:db8::{n + 1:x}", OPENING)
    assert guesses.wait_ms("2001:db8::ffff", OPENING) > 0
    assert guesses.wait_ms("2001:db8:0:1::1", OPENING) == 0


def test_a_flood_of_addresses_is_forgotten_oldest_first() -> None:
    guesses = guessed(HERE, MOST, Guesses())
    for n in range(MAX_ADDRESSES):
        guesses.wrong(f"10.0.{n >> 8}.{n & 255}", OPENING)
    assert guesses.wait_ms(HERE, OPENING) == 0
