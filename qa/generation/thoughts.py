"""The thoughts that some models write before their answer, told from it as it comes."""

_BEGIN = "<think>"
_END = "</think>"


class Thoughts:
    """Takes the thoughts out of an answer that comes in pieces.

    Attributes:
        length: characters of the thoughts so far, with their marks and the blanks around them.
    """

    def __init__(self) -> None:
        self.length = 0
        self._held = ""
        self._over = False

    def said(self, piece: str) -> str:
        """What of the next piece belongs to the answer; empty while the model thinks."""
        if self._over:
            return piece
        self._held += piece
        if _BEGIN.startswith(self._held.lstrip()[: len(_BEGIN)]):
            said = self._held.partition(_END)[2].lstrip()
        else:
            said = self._held
        self._over = bool(said)
        self.length = len(self._held) - len(said)
        return said
