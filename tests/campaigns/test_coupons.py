"""One-time codes: one a shopper and campaign, never the same to two, and typing errors that show."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.coupons import ALPHABET, ATTEMPTS, Pattern, check_character, issue, with_coupon
from campaigns.message import fill

PATTERN = Pattern("SHOES-####-####", b"secret")
names = st.text(st.characters(codec="utf-8"), max_size=5)


class Free:
    """A pool in a list: the codes that a book has not given out."""

    def __init__(self, book: "Book", *codes: str) -> None:
        self.book, self.codes = book, codes

    def candidates(self, campaign: str, who: str) -> list[str]:
        del who
        gone = {code for (one, _), code in self.book.codes.items() if one == campaign}
        return [code for code in self.codes if code not in gone]


class Book:
    """A ledger in a dictionary."""

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], str] = {}

    def code_of(self, campaign: str, shopper_id: str) -> str | None:
        return self.codes.get((campaign, shopper_id))

    def claim(self, campaign: str, shopper_id: str, code: str) -> bool:
        if any(one == campaign and other == code for (one, _), other in self.codes.items()):
            return False
        self.codes[campaign, shopper_id] = code
        return True


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), names)), st.booleans())
def test_no_code_is_issued_twice_and_every_shopper_keeps_theirs(
    asked: list[tuple[str, str]], from_pool: bool
) -> None:
    book = Book()
    codes = Free(book, *(f"P{k}" for k in range(200))) if from_pool else PATTERN
    got = {(campaign, who): issue(codes, book, campaign, who) for campaign, who in asked}
    assert None not in got.values()
    for campaign in "ab":
        mine = [code for (one, _), code in got.items() if one == campaign]
        assert len(mine) == len(set(mine))
    assert {key: issue(codes, book, *key) for key in got} == got


def test_a_code_that_somebody_has_is_passed_over() -> None:
    book = Book()
    first = next(iter(PATTERN.candidates("c", "ann")))
    book.codes["c", "bob"] = first
    assert issue(PATTERN, book, "c", "ann") not in (None, first)


def test_a_pool_runs_out() -> None:
    book = Book()
    pool = Free(book, "A", "B")
    assert [issue(pool, book, "c", who) for who in ("x", "y", "z", "x")] == ["A", "B", None, "A"]


@given(names, names)
def test_the_same_secret_gives_the_same_code_and_another_does_not(campaign: str, who: str) -> None:
    code = next(iter(PATTERN.candidates(campaign, who)))
    assert code == next(iter(Pattern(PATTERN.text, b"secret").candidates(campaign, who)))
    assert code != next(iter(Pattern(PATTERN.text, b"other").candidates(campaign, who)))
    assert PATTERN.accepts(code)
    assert PATTERN.accepts(f" {code.lower()} ")


def test_a_pattern_offers_many_codes_before_it_gives_up() -> None:
    codes = list(PATTERN.candidates("c", "ann"))
    assert len(codes) == len(set(codes)) == ATTEMPTS
    book = Book()
    book.codes = {("c", f"other-{k}"): code for k, code in enumerate(codes)}
    assert issue(PATTERN, book, "c", "ann") is None


def test_names_that_only_differ_in_where_they_are_cut_get_different_codes() -> None:
    one, other = PATTERN.candidates("a", "b:c"), PATTERN.candidates("a:b", "c")
    assert next(iter(one)) != next(iter(other))


@given(names, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_shows(who: str, place: int, character: str) -> None:
    code = next(iter(PATTERN.candidates("c", who)))
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
    attributes = with_coupon({"first_name": "Ann"}, "X-1")
    assert fill("{first_name|}: {coupon|ask at the till}", attributes) == "Ann: X-1"
