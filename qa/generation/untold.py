"""Sentences that only say that the passages do not tell: no claims, so there is nothing to check.

A document may be said not to allow something, or not to have settled it; these are claims about the world. So
a sentence is let through only by a verb of telling, by the lack of information, or by what cannot be known
from the passages. 段落 and *passages* are words that only the writer uses of what it was given: of these,
verbs of giving and containing say the same.
"""

import re

from qa.generation.particulars import amounts, normal

_SORRY = r"(?:(?:很?抱歉|对不起|很?遗憾)[，,]?)?"
_GIVEN = r"[^，。；]{0,12}(?:段落|原文|上文|文中|引文)"
_SOURCE = r"[^，。；]{0,12}(?:段落|原文|上文|文中|引文|资料|文档|文件|材料|文章)"
_THERE = r"(?:里面|之中|[里中内])?[，,]?(?:对此|就此|本身)?[均都也并]?"
_NOT = r"(?:没有?|未曾?|未能)(?:明确|具体|直接|详细|专门|单独|进一步|有|对此|就此|任何)*"
_KNOW = r"(?:明确|具体|直接)?(?:确定|得知|获知|知道|看出|判断|推断|回答|找到)"
_UNABLE = r"(?:无法|不能|难以)"
_REST = r"(?:(?!但|不过|然而|而是|却|可是|因为|所以)[^，。；]){0,30}[。.]?"
_MATTER = r"(?:信息|内容|说明|资料|记载|数据|答案|介绍|描述|线索)[。.]?"

_CHINESE = (
    rf"{_SOURCE}{_THERE}{_NOT}(?:说明|提到|提及|提过|说到|谈到|谈及|讲到|记载|写明|交代|回答|说(?![服法])){_REST}",
    rf"{_GIVEN}{_THERE}{_NOT}(?:给出|提供|涉及|介绍|列出|包含|包括|解释){_REST}",
    rf"{_SOURCE}{_THERE}{_NOT}(?:关于|有关|相关|提供|给出|包含|含有|涉及|找到|与|对)[^，。；]{{0,20}}?{_MATTER}",
    rf"{_SOURCE}{_THERE}{_UNABLE}(?:从中|由此|据此)?{_KNOW}{_REST}",
    rf"{_UNABLE}从{_SOURCE}{_THERE}{_KNOW}{_REST}",
)

_PASSAGES = r"(?:(?:the|these|those|this) )?(?:\w+ ){0,2}(?:passages?|excerpts?)(?: \w+)?"
_TEXTS = (
    r"(?:(?:the|these|those|this) )?(?:\w+ ){0,2}"
    r"(?:passages?|excerpts?|documents?|texts?|sources?)(?: (?:given|provided|above|itself|themselves))?"
)
_DO_NOT = r"(?: do| does| did)(?: not|n['’]t)(?: \w+ly)?"
_TAIL = r"(?:(?!\b(?:but|however|yet|although|though|because|since|so)\b)[^,.;]){0,100}\.?"
_INFORMATION = r"(?:\w+ ){0,3}(?:information|details?|data|answers?|mention|explanation|indication)\b"
_TOLD = (
    r"(?:told|said|stated|mentioned|specified|indicated|described|explained|discussed|disclosed|given"
    r"|provided)"
)
_FOUND = r"(?:determined?|know|known|tell|told|answer|answered|find|found|say|said|establish|established)"

_SUBJECT = r"(?:(?!\b(?:and|but|though|although|while)\b)[^,.;]){1,80}"
_CANNOT = rf"{_SUBJECT} (?:cannot|can['’]t|can not)(?: be)? {_FOUND}\b"
_FROM = rf"(?:from|in|based on) {_TEXTS}"
_TELL = r"(?:tell|say|state|mention|specify|indicate|describe|explain|discuss|disclose|reveal|clarify|answer)"

_ENGLISH = (
    rf"{_TEXTS}{_DO_NOT} {_TELL}\b{_TAIL}",
    rf"none of {_TEXTS} (?:\w+ly )?{_TELL}(?:e?s)?\b{_TAIL}",
    rf"{_PASSAGES}{_DO_NOT} (?:give|provide|contain|include|cover|address|report|list|show)\b{_TAIL}",
    rf"{_TEXTS}{_DO_NOT} (?:give|provide|contain|include|offer|have) {_INFORMATION}{_TAIL}",
    rf"{_TEXTS} (?:gives?|provides?|contains?|includes?|offers?|makes?|has|have) no {_INFORMATION}{_TAIL}",
    rf"there (?:is|are) no {_INFORMATION}[^,.;]{{0,80}} in {_TEXTS}\.?",
    rf"{_SUBJECT} (?:is|are|was|were)(?: not|n['’]t) (?:\w+ly )?{_TOLD} (?:in|by) {_TEXTS}\.?",
    rf"{_CANNOT}[^,.;]{{0,80}} {_FROM}\.?",
    rf"{_FROM},? {_CANNOT}{_TAIL}",
)

_UNTOLD = re.compile(
    rf"{_SORRY}(?:{'|'.join(_CHINESE)})|(?:(?:i am |i['’]m )?sorry, )?(?:{'|'.join(_ENGLISH)})", re.IGNORECASE
)


def says_untold(text: str, question: str) -> bool:
    """Whether a sentence, without citation marks, only says that the passages do not answer the question.

    A figure that it names must be one of the question's: what is told beside is a claim.
    """
    if _UNTOLD.fullmatch(text) is None:
        return False
    asked = amounts(normal(question))
    return all(each.stands_in(asked) for each in amounts(normal(text)) if each.sure)
