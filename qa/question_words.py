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
_ASKING_WORD = regex.compile(rf"{_CHINESE}|\b(?:wh(?:at|ich|o|om|ose|en|ere|y)|how)\b", regex.IGNORECASE)
_OF_US = regex.compile(
    r"[你您我]|(?<!\btell )\b(?:you|your|i|me|my|we|us|our)\b(?!,? tell me)", regex.IGNORECASE
)
_TO_US = regex.compile(r"[你您]|\byou\b", regex.IGNORECASE)
_END = " ？?。.！!~～…、，,"
_MORE = regex.compile(
    r"(?:(?=.*(?:详细|具体|展开|说说|讲讲))(?:[请再能说讲谈得更地点些]|可以|详细|具体|展开|介绍|一[下些点])+"
    r"|继续[说讲]?(?:下去)?|接着[说讲]|举个?例子?(?:说明)?(?:一下)?|[比例]如说?|总结(?:一下)?"
    r"|(?:是?真的|你?确定|(?:出处|来源|依据)(?:在哪里?|是什么)?|还有(?:别的|其他的?|什么)?|(?:其他|别)的?"
    r"|然后|所以|结果|此外|为啥|凭什么|(?:什么|啥)时候|怎么回事|什么意思|谁说的)"
    r")[吗呢吧啊呀]*"
    r"|(?:(?:can|could) you )?(?:please )?(?:(?:tell me )?more(?: details)?|go on|continue"
    r"|(?:what|anything) else"
    r"|(?:give me |for )?(?:an )?examples?|such as|explain|elaborate|summari[sz]e|details?|sources?"
    r"|are you sure|really|is (?:that|it|this) true|says who|how come|why not|since when|where exactly)"
    r"(?: (?:that|this|it|on that))?(?: (?:please|pls))?",
    regex.IGNORECASE,
)
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


def without_end(text: str) -> str:
    """A text without the marks at its end: 第二点？ and 第二点。 say the same."""
    return text.rstrip(_END)


def has_asking_word(question: str) -> bool:
    """Whether a question has a word that asks; a mark alone does not count."""
    return _ASKING_WORD.search(question) is not None


def asks_for_more(question: str) -> bool:
    """Whether a text asks no more than to go on with the last question: 继续, 真的吗？, "how come?"."""
    return _MORE.fullmatch(without_end(question)) is not None


def is_to_us(question: str) -> bool:
    """Whether a question speaks to who answers it (你是谁？)."""
    return _TO_US.search(question) is not None


def speaks_of_us(question: str) -> bool:
    """Whether a question speaks of who asks or who answers it."""
    return _OF_US.search(question) is not None


def asks_who(question: str) -> bool:
    """Whether a question asks for a person."""
    return _ASKS_WHO.search(question) is not None
