"""Every word that the chat page shows, in each of its languages.

A language is one :class:`Strings`, so a word that is missing in one of them is a type error.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Strings:
    """The words of one language; names in braces are filled in where the string is used.

    Attributes:
        tag: BCP 47 tag, for the ``lang`` attribute.
    """

    tag: str
    tagline: str
    introduction: str
    holdings: str
    nothing_indexed: str
    examples: str
    question: str
    placeholder: str
    send: str
    conversation: str
    searching: str
    writing: str
    unsupported: str
    answer: str
    citations: str
    confidence: str
    refusal: str
    passages: str
    nearest_passages: str
    line: str
    lines: str
    page: str
    open_place: str
    why: str
    lexical_rank: str
    dense_rank: str
    not_proposed: str
    searched_as: str
    also: str
    matched_terms: str
    no_terms: str
    scores: str
    total_score: str
    also_in: str
    score_lexical: str
    score_dense: str
    score_late_interaction: str
    score_window: str
    score_standing: str
    viewer: str
    position: str
    previous: str
    following: str
    close: str
    document_text: str
    place_moved: str
    place_gone: str
    empty_question: str
    long_question: str
    wordless_question: str
    went_wrong: str
    unreachable: str
    feedback: str
    helpful: str
    unhelpful: str
    right_passage: str
    noted: str
    not_noted: str
    comment: str
    send_comment: str


CHINESE: Final = Strings(
    tag="zh-CN",
    tagline="以原文为据",
    introduction="提一个问题，得到能证明答案的原文。每一句都逐字摘自文档，点开即见出处。",
    holdings="可查 {documents} 篇文档，{passages} 个段落",
    nothing_indexed="这里还没有文档。先运行 yinju index 文件夹，然后刷新本页。",
    examples="试着问",
    question="问题",
    placeholder="用一句话提问",
    send="提问",
    conversation="问答",
    searching="正在查找……",
    writing="正在书写，尚未核对……",
    unsupported="（原文中未见：{parts}）",
    answer="回答",
    citations="引文",
    confidence="把握 {percent}%",
    refusal="没有可靠的答案",
    passages="查到的段落（{n}）",
    nearest_passages="最接近的段落（{n}）",
    line="第 {start} 行",
    lines="第 {start}–{end} 行",
    page="第 {page} 页",
    open_place="在文档中查看：{title}，{lines}",
    why="为什么是这一段",
    lexical_rank="词语检索名次",
    dense_rank="语义检索名次",
    not_proposed="未列入",
    searched_as="按“{question}”检索",
    also="也按{terms}查找",
    matched_terms="匹配的词",
    no_terms="无",
    scores="各项得分",
    total_score="综合得分",
    also_in="同文另见",
    score_lexical="词语",
    score_dense="语义",
    score_late_interaction="逐词语义",
    score_window="邻近语义",
    score_standing="突出程度",
    viewer="文档原文",
    position="{n} / {total}",
    previous="上一处",
    following="下一处",
    close="关闭",
    document_text="文档全文，引用处已标出",
    place_moved="这篇文档在回答之后改动过，原来的位置已不可靠。请再问一次。",
    place_gone="这篇文档已不在库中。请再问一次。",
    empty_question="请先写下问题。",
    long_question="问题太长，最多 {limit} 个字。请用一两句话提问；长文请作为文档加入。",
    wordless_question="问题里只有标点或符号，没有可以查找的字词。",
    went_wrong="出了意外，这个问题没能回答。详情见服务器日志。",
    unreachable="连不上服务器，请稍后再试。",
    feedback="对您有帮助吗？",
    helpful="有帮助",
    unhelpful="没有帮助",
    right_passage="这就是正确段落",
    noted="已记录，谢谢",
    not_noted="没能记录下来，请稍后再试。",
    comment="哪里不对？",
    send_comment="发送",
)

ENGLISH: Final = Strings(
    tag="en",
    tagline="Answers with their evidence",
    introduction="Ask a question and get the passages that prove the answer. "
    "Every sentence is quoted word for word, one click from its source.",
    holdings="{documents} documents, {passages} passages to search",
    nothing_indexed="There are no documents here yet. Run yinju index FOLDER, then reload this page.",
    examples="Try asking",
    question="Question",
    placeholder="Ask in a sentence",
    send="Ask",
    conversation="Questions and answers",
    searching="Searching…",
    writing="Being written, not yet checked…",
    unsupported="(not in the passages: {parts})",
    answer="Answer",
    citations="Citations",
    confidence="Confidence {percent}%",
    refusal="No reliable answer",
    passages="Passages found ({n})",
    nearest_passages="Nearest passages ({n})",
    line="line {start}",
    lines="lines {start}–{end}",
    page="page {page}",
    open_place="Show in the document: {title}, {lines}",
    why="Why this passage",
    lexical_rank="Rank by words",
    dense_rank="Rank by meaning",
    not_proposed="not proposed",
    searched_as="Searched as “{question}”",
    also="Also searched for {terms}",
    matched_terms="Matched terms",
    no_terms="none",
    scores="Scores",
    total_score="Combined score",
    also_in="The same stands in",
    score_lexical="words",
    score_dense="meaning",
    score_late_interaction="meaning, word by word",
    score_window="meaning, close together",
    score_standing="stands out by",
    viewer="Source document",
    position="{n} of {total}",
    previous="Previous place",
    following="Next place",
    close="Close",
    document_text="The whole document, with the quotation marked",
    place_moved="This document has changed since the answer was given, so the place is lost. Ask again.",
    place_gone="This document is no longer here. Ask again.",
    empty_question="Write a question first.",
    long_question="The question is too long; the limit is {limit} characters. "
    "Ask in a sentence or two, and add a long text as a document.",
    wordless_question="The question holds only punctuation or symbols, nothing to search for.",
    went_wrong="Something unexpected happened, and there is no answer. The server's log has the details.",
    unreachable="The server cannot be reached. Try again in a moment.",
    feedback="Was this helpful?",
    helpful="Helpful",
    unhelpful="Not helpful",
    right_passage="This is the right passage",
    noted="Noted, thank you",
    not_noted="It could not be noted. Try again in a moment.",
    comment="What was wrong?",
    send_comment="Send",
)

LANGUAGES: Final = (CHINESE, ENGLISH)


def strings_for(accept_language: str | None) -> Strings:
    """The words for a browser, by its first preference: Chinese of any kind, or else English.

    Args:
        accept_language: the browser's ``Accept-Language`` header or its ``navigator.language``.
    """
    first = (accept_language or "").split(",")[0].strip().lower()
    return CHINESE if first.split(";")[0].split("-")[0] == "zh" else ENGLISH
