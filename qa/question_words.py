"""The words that ask, in one place: which a search leaves out, and which tell a question from other texts."""

import regex

# Holding one of them says nothing about a passage.
_NOT_SEARCHED = frozenset(
    "什么 怎么 怎样 如何 多少 哪些 哪个 哪里 哪儿 哪家 哪种 哪一 哪年 为何 为什么 谁 几个 是否 有没有 "
    "是不是 能不能 可以 请问 告诉 知道 一下 介绍 "
    "what which who whom whose when where why how many much does did do done is are was were am be been "
    "being the a an of in on for to and or by with from at as it its this that these those there here "
    "have has had can could will would should may might must please tell about i me my mine you your "
    "yours he him his she her we us our they them their s t re ve ll d m not no if then than so but "
    "into over any some".split()
)

# Metres, tonnes and the month of May do not ask.
_NAMING = r"(?<=\d\s*)\b[mt]\b|(?<=\b\d{1,2}\s+)may\b|\bmay(?=\s+\d)"
_ASKING = regex.compile(
    rf"(?:{_NAMING})(*SKIP)(*FAIL)|"
    + "|".join(
        rf"\b{word}\b" if word.isascii() else word for word in sorted(_NOT_SEARCHED, key=len, reverse=True)
    )
)

_CHINESE = r"谁|什么|啥|哪|多少|几[^乎年]|几$|多[大长高深重久远]|怎|如何|为何|是否|百分之几|何[时地处人]"
_ASKS = regex.compile(_CHINESE)
_ASKS_ANYTHING = regex.compile(rf"{_CHINESE}|[吗呢?？]|是不是|有没有|^(?:wh\w+|how)\b", regex.IGNORECASE)
_ASKS_WHO = regex.compile(r"谁|哪位|叫什么|\bwho\b", regex.IGNORECASE)


def without_asking_words(folded: str) -> str:
    """A folded question with a space in place of every word that is not searched for."""
    return str(_ASKING.sub(" ", folded))


def is_asking_word(word: str) -> bool:
    """Whether a folded word is one of those that are not searched for."""
    return word in _NOT_SEARCHED


def asks(word: str) -> bool:
    """Whether a Chinese word or phrase asks: 谁, 哪个, 多少."""
    return _ASKS.search(word) is not None


def asks_anything(question: str) -> bool:
    """Whether a text is a question at all, by its words or its question mark."""
    return _ASKS_ANYTHING.search(question) is not None


def asks_who(question: str) -> bool:
    """Whether a question asks for a person."""
    return _ASKS_WHO.search(question) is not None
