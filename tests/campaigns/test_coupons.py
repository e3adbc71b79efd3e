"""One-time codes: one a shopper and campaign, never the same to two, and typing errors that show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.coupons import ALPHABET, ATTEMPTS, Codes, Pattern, Pool, check_character, issue, with_coupon
from campaigns.message import fill
from tests.campaigns.worlds import shopper

PATTERN = Pattern("SHOES-####-####", b"secret")
names = st.text(st.characters(codec="utf-8"), max_size=5)


class Book:
    """A ledger in a dictionary."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], str] = {}

    def code_of(self, campaign: str, shopper_id: str) -> str | None:
        return self.codes.get((campaign, shopper_id))

    def issued(self, campaign: str) -> int:
        return sum(one == campaign for one, _ in self.codes)

    def claim(self, campaign: str, shopper_id: str, code: str) -> bool:
        if any(one == campaign and other == code for (one, _), other in self.codes.items()):
            return False
        self.codes[campaign, shopper_id] = code
        return True


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), names)), st.booleans())
def test_no_code_is_issued_twice_and_every_shopper_keeps_theirs(
    asked: list[tuple[str, str]], from_pool: bool
) -> None:
    codes: Codes = Pool([f"P{k}" for k in range(200)]) if from_pool else PATTERN
    book = Book()
    got = {(campaign, who): issue(codes, book, campaign, who) for campaign, who in asked}
    assert None not in got.values()
    for campaign in "ab":
        mine = [code for (one, _), code in got.items() if one == campaign]
        assert len(mine) == len(set(mine))
    assert {key: issue(codes, book, *key) for key in got} == got


def test_a_code_that_somebody_has_is_passed_over() -> None:
    book = Book()
    first = next(iter(PATTERN.candidates("c", "ann", 0)))
    book.codes["c", "bob"] = first
    assert issue(PATTERN, book, "c", "ann") not in (None, first)


def test_a_pool_runs_out() -> None:
    book, pool = Book(), Pool(["A", "B"])
    assert [issue(pool, book, "c", who) for who in ("x", "y", "z", "x")] == ["A", "B", None, "A"]


def test_a_hole_in_the_pool_is_found() -> None:
    book = Book()
    book.codes["c", "x"] = "B"
    assert issue(Pool(["A", "B"]), book, "c", "y") == "A"


@given(names, names)
def test_the_same_secret_gives_the_same_code_and_another_does_not(campaign: str, who: str) -> None:
    code = next(iter(PATTERN.candidates(campaign, who, 0)))
    assert code == next(iter(Pattern(PATTERN.text, b"secret").candidates(campaign, who, 7)))
    assert code != next(iter(Pattern(PATTERN.text, b"other").candidates(campaign, who, 0)))
    assert PATTERN.accepts(code)
    assert PATTERN.accepts(f" {code.lower()} ")


def test_a_pattern_offers_many_codes_before_it_gives_up() -> None:
    codes = list(PATTERN.candidates("c", "ann", 0))
    assert len(codes) == len(set(codes)) == ATTEMPTS
    book = Book()
    book.codes = {("c", f"other-{k}"): code for k, code in enumerate(codes)}
    assert issue(PATTERN, book, "c", "ann") is None


def test_names_that_only_differ_in_where_they_are_cut_get_different_codes() -> None:
    one, other = PATTERN.candidates("a", "b:c", 0), PATTERN.candidates("a:b", "c", 0)
    assert next(iter(one)) != next(iter(other))


@given(names, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_shows(who: str, place: int, character: str) -> None:
    code = next(iter(PATTERN.candidates("c", who, 0)))
    at = 6 + place + (place >= 4)
    wrong = code[:at] + character + code[at + 1 :]
    assert PATTERN.accepts(wrong) is (wrong == code)


@given(st.text(ALPHABET, min_size=2, max_size=8), st.data())
def test_neighbours_swapped_show_but_for_one_pair(characters: str, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, len(characters) - 2))
    pair = {characters[k], characters[k + 1]}
    swapped = characters[:k] + characters[k + 1] + characters[k] + characters[k + 2 :]
    if len(pair) == 2 and pair != {"0", "Z"}:
        assert check_character(swapped) != check_character(characters)


def test_letters_that_look_like_digits_are_read_as_digits() -> None:
    plain = Pattern("#######", b"s")
    code = "00110" + "1"
    code += check_character(code)
    assert plain.accepts(code)
    assert plain.accepts(code[:6].replace("0", "o").replace("1", "l") + code[6])
    assert not plain.accepts("U" + code[1:])


@pytest.mark.parametrize("typed", ["", "SHOES-", "BOOTS-0000-0000", "SHOES_0000-0000", "SHOES-0000-00000"])
def test_what_does_not_look_like_the_pattern_is_refused(typed: str) -> None:
    assert not PATTERN.accepts(typed)


def test_a_pattern_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 7 # expected, got 'A-######'"):
        Pattern("A-######", b"s")


def test_the_code_stands_in_the_words() -> None:
    someone = with_coupon(shopper(attributes={"first_name": "Ann"}), "X-1")
    assert fill("{first_name|}: {coupon|ask at the till}", someone.attributes) == "Ann: X-1"
