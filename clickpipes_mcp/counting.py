"""How many there are of something, in words that fit one as well as many."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number and its noun, with a verb where one is given: 1 table was, 2 tables were."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
