"""What people say besides asking: thanks, greetings, by your leave, and that they change the subject."""

import regex

_SAID = (
    r"(?:[真太]?(?:多谢|谢谢|感谢)(?:你|您|啦|了|哦)?(?:的?(?:回答|帮助|解答))?|谢|好的?(?:呀|吧|啊)?|嗯+|哦+|行|收到"
    r"|明白|懂|知道了|了解|辛苦|哈+|太?棒|厉害|不错|不用"
    r"|(?:no |ok |okay |many |nice,? |great,? )?(?:thanks?(?: (?:you|a lot|so much|very much|again))*|thx|ty)"
    r"|ok(?:ay)?|great|good|cool|nice|perfect|got it|i see|understood)(?:了|啦)?"
)
_ASKS_LEAVE = (
    r"(?:(?:麻烦|请)?我?[再还]?(?:想|要)*再?(?:请问|问)(?:一?下|一句)?"
    r"|excuse me|(?:one|another) (?:more )?question)"
)
_CHANGES = (
    r"(?:(?:我们)?换个?(?:话题|问题)(?:吧)?|(?:最后)?(?:另|还有)?一个问题"
    r"|next question|on another (?:topic|note))"
)
# Who greets may go on to small talk (你好，今天心情怎么样？), so a greeting is not taken off a question.
_GREETS = r"[你您]好|再见|hi|hello|hey|(?:good)?bye"
_BREAK = r"[，,。.！!；;：:、~～…\s]"
_BEFORE = regex.compile(rf"(?:(?:{_SAID}|{_ASKS_LEAVE}|{_CHANGES}){_BREAK}+)+", regex.IGNORECASE)
_ONLY_SAID = regex.compile(rf"(?:(?:{_SAID}|{_GREETS}){_BREAK}*)+", regex.IGNORECASE)
_ANOTHER = regex.compile(rf"(?:{_SAID}{_BREAK}+)*{_CHANGES}{_BREAK}", regex.IGNORECASE)


def is_courtesy(text: str) -> bool:
    """Whether a text is nothing but thanks, a greeting or the like."""
    return _ONLY_SAID.fullmatch(text) is not None


def without_courtesy(question: str) -> str:
    """A question without what is said before it: 谢谢，那湖州呢？ is 那湖州呢？."""
    opening = _BEFORE.match(question)
    rest = question if opening is None else question[opening.end() :]
    return rest if regex.search(r"[\p{L}\p{N}]", rest) else question


def changes_subject(question: str) -> bool:
    """Whether a question says that it is about something else (换个话题，)."""
    return _ANOTHER.match(question) is not None
