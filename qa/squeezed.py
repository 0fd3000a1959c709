"""Finding words in a text whatever its white space: formatting moves line ends and blanks about."""


class Squeezed:
    """A text without its white space, to be searched more than once."""

    def __init__(self, text: str) -> None:
        self._places = [at for at, character in enumerate(text) if not character.isspace()]
        self._text = "".join(text[at] for at in self._places)

    def locate(self, words: str) -> list[tuple[int, int]]:
        """Every span of the text that equals ``words`` when white space is ignored, in order."""
        wanted = "".join(words.split())
        found: list[tuple[int, int]] = []
        at = self._text.find(wanted) if wanted else -1
        while at >= 0:
            found.append((self._places[at], self._places[at + len(wanted) - 1] + 1))
            at = self._text.find(wanted, at + len(wanted))
        return found
