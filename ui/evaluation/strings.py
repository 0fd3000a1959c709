"""Every word that the report shows, in Chinese and in English.

A word is one :class:`Said`, so that one which is missing in a language is a type error. ``PAGE`` is for the
templates, ``BROWSER`` travels with the questions and is shown by the page's scripts, ``METRICS`` and
``OUTCOMES`` explain figures and what became of questions.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from qa.evaluation.report import Outcome


@dataclass(frozen=True, slots=True)
class Said:
    """The same in both languages; names in braces are filled in by :meth:`format`."""

    chinese: str
    english: str

    def format(self, **values: "str | int | Said") -> "Said":
        """Fill in both; a value that is itself said in both languages is taken in the right one."""
        chinese = {
            name: value.chinese if isinstance(value, Said) else value for name, value in values.items()
        }
        english = {
            name: value.english if isinstance(value, Said) else value for name, value in values.items()
        }
        return Said(self.chinese.format_map(chinese), self.english.format_map(english))

    def __html__(self) -> str:
        """Both, escaped; the style sheet shows the reader's."""
        if self.chinese == self.english:
            return escape(self.english)
        return Markup(
            '<span class="localised" lang="zh-CN">{}</span><span class="localised" lang="en">{}</span>'
        ).format(self.chinese, self.english)


def same(text: str) -> Said:
    """What is called the same in both languages, such as a name."""
    return Said(text, text)


def joined(sentences: Sequence[Said]) -> Said:
    """Sentences one after another, as each language sets them."""
    return Said(
        "".join(sentence.chinese for sentence in sentences),
        " ".join(sentence.english for sentence in sentences),
    )


PAGE: Final[Mapping[str, Said]] = {
    "report": Said("评测报告", "Evaluation report"),
    "language": Said("语言", "Language"),
    "sections": Said("本页内容", "On this page"),
    "split": Said("部分", "Split"),
    "all_questions": Said("全部问题", "all questions"),
    "questions": Said("问题", "Questions"),
    "unit": Said("判断单位", "Judged by"),
    "unit_span": Said(
        "证据原文：段落须含有证明答案的原文", "spans: a passage must hold the words that prove the answer"
    ),
    "unit_document": Said(
        "文档：段落须出自相关文档", "documents: a passage must come from a relevant document"
    ),
    "model": Said("向量模型", "Embedding model"),
    "collection": Said("库", "Collection"),
    "collection_size": Said(
        "{documents} 篇文档，{passages} 个段落", "{documents} documents, {passages} passages"
    ),
    "judged": Said("评判范围", "Depth"),
    "depth": Said(
        "每题评判前 {depth} 个段落，回答取自前 {answered_from} 个",
        "the first {depth} passages of each question; answers are made of the first {answered_from}",
    ),
    "made_at": Said("时间", "Made at"),
    "warnings": Said("注意", "Worth knowing"),
    "verdict": Said("结论", "Verdict"),
    "finds_evidence": Said(
        "{run} 平均把 {recall}% 的证据找进前 {k} 个段落（95% 区间 {low} 至 {high}）。",
        "{run} finds {recall}% of the evidence within the first {k} passages (95% interval {low} to {high}).",
    ),
    "finds_documents": Said(
        "{run} 平均把 {recall}% 的相关文档找进前 {k} 名（95% 区间 {low} 至 {high}）。",
        "{run} finds {recall}% of the relevant documents within the first {k} "
        "(95% interval {low} to {high}).",
    ),
    "answers": Said(
        "它回答了 {coverage}% 的问题，这些回答有 {risk}% 是错的或本无答案。",
        "It answers {coverage}% of the questions; {risk}% of what it answers is wrong or has no answer.",
    ),
    "answers_none": Said("它一个问题也没有回答。", "It answers none of the questions."),
    "headlines": Said("主要指标", "Headline figures"),
    "headlines_aid": Said(
        "百分数，下面是 95% 区间；右边把各方式的均值和区间画在 0 到 100 上。",
        "In percent, with the 95% interval below; on the right, mean and interval of each run from 0 to 100.",
    ),
    "metric": Said("指标", "Metric"),
    "coverage_at": Said("作了回答的问题", "questions answered"),
    "risk_at": Said("其中答错的", "wrong among these"),
    "auroc": Said("把握的 AUROC", "AUROC of the confidence"),
    "aurc": Said("风险—覆盖曲线下面积", "area under the risk-coverage curve"),
    "calibration_error": Said("把握的校准误差", "calibration error of the confidence"),
    "search_time": Said("检索耗时，中位 / 99%", "time of a search, median / 99%"),
    "ask_time": Said("问答耗时，中位 / 99%", "time of an answer, median / 99%"),
    "milliseconds": Said("{p50} / {p99} 毫秒", "{p50} / {p99} ms"),
    "outcomes": Said("每个问题的结果", "What became of the questions"),
    "outcomes_aid": Said(
        "每一条是全部问题；绿色是对的，其余按出错的环节分。",
        "Each bar is all the questions: what went right in green, the rest by where it went wrong.",
    ),
    "outcomes_turns": Said("不含多轮对话的后续问题。", "Later turns of conversations are left out."),
    "and_turns": Said(
        "{count}，另有多轮对话的后续问题 {turns}", "{count}, and {turns} later turns of conversations"
    ),
    "comparisons": Said("比较", "Comparisons"),
    "comparisons_aid": Said(
        "同样的问题成对比较，p 值都经校正。每条线是差值的 95% 区间，点是差值，中线是 0；实心点表示差异成立。",
        "Paired over the same questions; every p is a corrected one. Each line is the 95% interval of the "
        "difference, the mark the difference, the middle zero; a filled mark is a difference shown.",
    ),
    "pair": Said("{run} 对 {baseline}", "{run} against {baseline}"),
    "beats": Said(
        "{winner} 的 {metric} 比 {loser} 高 {difference} 个百分点，95% 区间 {low} 至 {high}，"
        "{p}（按 {count} 次比较作 Holm 校正）。",
        "{winner} beats {loser} by {difference} points of {metric}, 95% interval {low} to {high}, "
        "{p} after Holm's correction for {count} comparisons.",
    ),
    "beats_single": Said(
        "{winner} 的 {metric} 比 {loser} 高 {difference} 个百分点，95% 区间 {low} 至 {high}，{p}。",
        "{winner} beats {loser} by {difference} points of {metric}, 95% interval {low} to {high}, {p}.",
    ),
    "no_difference": Said(
        "{metric} 未见差异：{difference} 个百分点，95% 区间 {low} 至 {high}，{p}。",
        "No difference shown in {metric}: {difference} points, 95% interval {low} to {high}, {p}.",
    ),
    "better_here": Said("{run} 较好", "{run} better"),
    "plots": Said("图", "Plots"),
    "recall_curve": Said("前 k 个段落的召回率", "Recall over the number of passages"),
    "recall_curve_aid": Said(
        "前 k 个段落里有多少证据：越高、越早升高越好；虚线右边的段落不进入回答。",
        "How much of the evidence is among the first k passages. Higher sooner is better; no answer is made "
        "of what lies right of the dotted line.",
    ),
    "recall_axis": Said("召回率 %", "recall@k, %"),
    "k_axis": Said("k", "k"),
    "types_plot": Said("各类问题的 recall@5", "Recall@5 by type of question"),
    "types_plot_aid": Said(
        "横须是 95% 区间；题少的类别区间宽，不宜下结论。括号里是题数。",
        "Whiskers are 95% intervals: wide ones come from few questions and prove little. "
        "Numbers of questions in brackets.",
    ),
    "recall5_axis": Said("recall@5，%", "recall@5, %"),
    "first_ranks": Said("首个相关段落的名次", "Rank of the first relevant passage"),
    "first_ranks_aid": Said(
        "每个名次上有多少题；最右是评判范围内始终没有找到的。",
        "How many questions have their first relevant passage at each rank; those on the right have none "
        "among the passages judged.",
    ),
    "questions_axis": Said("题数", "questions"),
    "rank_axis": Said("名次", "rank"),
    "never": Said("没有", "never"),
    "risk_coverage": Said("风险与覆盖", "Risk and coverage"),
    "risk_coverage_aid": Said(
        "只回答把握最大的那部分问题，会错多少：越低越好。"
        "大点是现在的位置；各语言的门槛不同，所以未必在线上。",
        "Were only the surest share of the questions answered, how many of these would be wrong. "
        "Lower is better; the large mark is where the bot really stands, which may lie off the curve, "
        "as each language has a threshold of its own.",
    ),
    "coverage_axis": Said("回答的问题 %", "questions answered, %"),
    "risk_axis": Said("其中答错 %", "of these wrong, %"),
    "stands_here": Said("现在", "now"),
    "reliability": Said("把握与实情", "Confidence and truth"),
    "reliability_aid": Said(
        "把握相近的问题归在一起，看其中有多少是文档真能回答的。"
        "点在斜线上，两者相符；低于斜线是把握过大，高于是过小；竖须是 95% 区间。",
        "Questions of about the same confidence together: how many of them the documents really answer. "
        "On the diagonal the two agree; below it the bot is too sure, above it not sure enough. "
        "Whiskers are 95% intervals.",
    ),
    "reliability_thresholds": Said(
        "把握低于虚线就拒答：{thresholds}。", "It refuses left of the dotted line: {thresholds}."
    ),
    "confidence_axis": Said("把握 %", "confidence, %"),
    "answerable_axis": Said("文档能回答的 %", "answerable, %"),
    "threshold": Said("门槛", "threshold"),
    "numbers": Said("数据", "Numbers"),
    "tables": Said("全部指标", "All figures"),
    "tables_aid": Said(
        "百分数，附 95% 自助法区间；题数与该组不同时另行注明（n）。"
        "总体不含多轮对话的后续问题，它们另成类别。",
        "In percent, with 95% bootstrap intervals, and the number of questions (n) where it is not that of "
        "the group. Later turns of conversations are left out of the overall figures and have types of "
        "their own.",
    ),
    "overall": Said("总体", "Overall"),
    "by_type": Said("按类型", "By type"),
    "by_language": Said("按语言", "By language"),
    "group_questions": Said("{count} 题", "{count} questions"),
    "run": Said("方式", "Run"),
    "count": Said("题数", "n"),
    "glossary": Said("各项指标的含义", "What each metric means"),
    "outcome_glossary": Said("各种结果的含义", "What each outcome means"),
    "each_question": Said("逐题查看", "Every question"),
    "noscript": Said("逐题查看需要 JavaScript。", "The list of questions needs JavaScript."),
    "outcome": Said("结果", "Outcome"),
    "type": Said("类型", "Type"),
    "question_language": Said("问题语言", "Language of the question"),
    "search_text": Said("文字", "Text"),
    "colophon": Said(
        "由 yinju eval 生成。本页自成一体，不向任何地方请求任何内容。",
        "Made by yinju eval. This page is complete in itself and asks nothing of anywhere.",
    ),
}
"""What the templates show."""

BROWSER: Final[Mapping[str, Said]] = {
    "wrong": Said("有问题的", "Went wrong"),
    "every": Said("全部", "All"),
    "every_type": Said("所有类型", "All types"),
    "every_language": Said("所有语言", "All languages"),
    "unnamed": Said("未注明", "not given"),
    "zh": Said("中文", "Chinese"),
    "en": Said("英文", "English"),
    "placeholder": Said("问题、答案、证据或编号", "Question, answer, evidence or id"),
    "counted": Said("{shown} 题，共 {total} 题", "{shown} of {total} questions"),
    "none": Said("没有符合条件的问题。", "No question fits."),
    "reset": Said("清除筛选", "Clear the filter"),
    "more": Said("再显示 {n} 题（还有 {left} 题）", "Show {n} more ({left} left)"),
    "rank_first": Said("首个相关段落：第 {rank} 名", "first relevant at rank {rank}"),
    "rank_never": Said("没有相关段落", "no relevant passage"),
    "answered": Said("已回答 · 把握 {percent}%", "answered · confidence {percent}%"),
    "refused": Said("已拒答 · 把握 {percent}%", "refused · confidence {percent}%"),
    "unanswerable": Said("文档没有答案", "the documents do not tell"),
    "later_turn": Said("多轮对话的后续问题", "later turn of a conversation"),
    "searched": Said("实际检索", "Searched"),
    "answers": Said("标准答案", "Gold answers"),
    "evidence": Said("证据", "Evidence"),
    "documents": Said("相关文档", "Relevant documents"),
    "reply": Said("引出的原文", "Sentences quoted"),
    "held_back": Said("拒答时保留的原文", "Sentences held back"),
    "no_sentences": Said("没有引文。", "No sentence."),
    "right": Said("证明答案", "proves it"),
    "not_right": Said("不是证据", "not the evidence"),
    "not_exact": Said("与原文不符", "not word for word"),
    "hits": Said("检索到的段落", "Passages found"),
    "no_hits": Said("没有找到任何段落。", "Nothing was found."),
    "relevant": Said("相关", "relevant"),
    "not_relevant": Said("不相关", "not relevant"),
    "lexical_rank": Said("词语 {rank}", "words {rank}"),
    "dense_rank": Said("语义 {rank}", "meaning {rank}"),
    "score": Said("得分 {score}", "score {score}"),
    "terms": Said("匹配的词：{terms}", "matched: {terms}"),
    "line": Said("第 {start} 行", "line {start}"),
    "lines": Said("第 {start}–{end} 行", "lines {start}–{end}"),
    "figures": Said("本题指标", "Figures of this question"),
    "other_runs": Said("其他方式", "Other runs"),
    "comma": Said("、", ", "),
}
"""What the scripts show; sent to the browser whole."""


@dataclass(frozen=True, slots=True)
class Explained:
    """A short name, and a line that says what is meant."""

    name: Said
    meaning: Said


METRICS: Final[Mapping[str, Explained]] = {
    "recall@k": Explained(
        same("recall@k"),
        Said(
            "证据中有多大比例在前 k 个段落里；只需一处的，有一处就算全部。",
            "Share of the evidence among the first k passages; where one place is enough, one counts as all.",
        ),
    ),
    "precision@k": Explained(
        same("precision@k"),
        Said(
            "前 k 个段落里带来新证据的比例；一题往往只有一个相关段落，所以上限常是 1/k。",
            "Share of the first k passages that bring evidence; "
            "most questions have one such passage, so 1/k is often the most.",
        ),
    ),
    "nDCG@k": Explained(
        same("nDCG@k"),
        Said(
            "前 k 名里的证据按名次打折后，与理想次序之比；越靠前越高。",
            "Evidence in the first k, discounted by rank, over that of the ideal order; "
            "the earlier the higher.",
        ),
    ),
    "MRR": Explained(
        same("MRR"),
        Said(
            "首个相关段落名次的倒数；没有为 0。",
            "One over the rank of the first relevant passage; 0 without one.",
        ),
    ),
    "MAP": Explained(
        same("MAP"),
        Said(
            "在每处证据的名次上取精确率，再求平均；没有找到的算 0。",
            "Mean of the precision at the rank of each piece of evidence; 0 for those not found.",
        ),
    ),
    "document": Explained(
        Said("文档 …", "document …"),
        Said(
            "同一指标，但只看段落出自哪篇文档。",
            "The same metric, judged only by the document that a passage comes from.",
        ),
    ),
    "contains_answer": Explained(
        Said("含有答案", "answer contained"),
        Said(
            "回答里含有多少标准答案；拒答为 0。",
            "Share of the gold answers that stand in the reply; 0 when refused.",
        ),
    ),
    "answer_f1": Explained(
        Said("答案 F1", "answer F1"),
        Said(
            "回答与标准答案按字计算的 F1；引文是整句，因此偏低；拒答为 0。",
            "F1 of the reply's characters against the gold answer; low, as whole sentences are quoted; "
            "0 when refused.",
        ),
    ),
    "evidence_sentence": Explained(
        Said("首句即证据", "best sentence right"),
        Said(
            "最好的一句是否出自证据，不论最后是否拒答。",
            "Whether the best sentence is from the evidence, given or held back.",
        ),
    ),
    "answered": Explained(
        Said("应答", "answerable, answered"),
        Said("文档能回答的问题里，作了回答的比例。", "Share of the answerable questions that were answered."),
    ),
    "handled": Explained(
        Said("该答则答", "answered or refused as due"),
        Said(
            "能回答的作了回答，不能回答的作了拒答；回答对不对不在此列。",
            "Answerable ones answered and unanswerable ones refused, whether or not the answer is right.",
        ),
    ),
    "citation_exact": Explained(
        Said("引文逐字相符", "citations word for word"),
        Said(
            "引文与所标位置的原文逐字相同的比例；必须是 100。",
            "Share of the citations that equal the source at their place; it must be 100.",
        ),
    ),
    "citation_overlap": Explained(
        Said("引文是证据", "citations right"),
        Said("给出的引文里，证明答案的比例。", "Share of the citations given that prove the answer."),
    ),
    "written": Explained(
        Said("模型写出", "written by the LLM"),
        Said(
            "大语言模型写出了回答的比例；出错或说段落没有说明为 0。",
            "Share of the answers that the LLM wrote; it may fail, or say that the passages do not tell.",
        ),
    ),
    "supported": Explained(
        Said("句句有据", "sentences supported"),
        Said(
            "模型写的句子里，所引段落能证实的比例。",
            "Share of the LLM's sentences that the passages they cite bear out.",
        ),
    ),
    "uncited": Explained(
        Said("未引或引错", "sentences uncited"),
        Said(
            "模型写的句子里，没有引对段落、但别的段落能证实的比例。",
            "Share of the LLM's sentences that cite no passage bearing them out, though one given does.",
        ),
    ),
    "unsupported": Explained(
        Said("无据", "sentences unsupported"),
        Said(
            "模型写的句子里，给出的段落都不能证实的比例。",
            "Share of the LLM's sentences that none of the passages given bears out.",
        ),
    ),
}
"""What each metric is called and means; ``@k`` stands for every cut-off, ``document`` for the prefix."""

FIGURES: Final[Mapping[str, Explained]] = {
    "auroc": Explained(
        PAGE["auroc"],
        Said(
            "任取一道能回答的和一道不能回答的问题，前者把握更大的概率；50 等于猜。",
            "Chance that of an answerable and an unanswerable question the first has the greater "
            "confidence; 50 is guessing.",
        ),
    ),
    "aurc": Explained(
        PAGE["aurc"],
        Said("在所有覆盖率上的平均风险；越低越好。", "Mean risk over all coverages; lower is better."),
    ),
    "calibration_error": Explained(
        PAGE["calibration_error"],
        Said(
            "把握与文档真能回答的比例平均相差多少：问题按把握分成题数相近的至多十组，逐组相比；越低越好，"
            "题少时单凭偶然也不会是 0。",
            "How far the confidence is on average from the share that the documents really answer, over at "
            "most ten groups of about as many questions each, by confidence; lower is better, though with "
            "few questions chance alone keeps it above 0.",
        ),
    ),
    "interval": Explained(
        Said("95% 区间", "95% interval"),
        Said("对问题作自助法重抽样得到。", "By bootstrap over the questions."),
    ),
    "p": Explained(
        same("p"),
        Said(
            "成对随机化检验的双侧 p 值，按报告里全部比较作 Holm 校正；低于 0.05 且区间不含 0 才算有差异。",
            "Two-sided, of a paired randomisation test, after Holm's correction for all comparisons of the "
            "report; a difference counts as shown below 0.05, where the interval leaves out 0 as well.",
        ),
    ),
}
"""Other figures of the report."""

OUTCOMES: Final[Mapping[Outcome, Explained]] = {
    Outcome.ANSWERED_WRONGLY: Explained(
        Said("本该拒答", "should have refused"),
        Said("文档没有答案，却作了回答。", "The documents do not tell, and yet it was answered."),
    ),
    Outcome.SENTENCE: Explained(
        Said("引错句子", "wrong sentence"),
        Said(
            "证据就在回答所用的段落里，引出的句子却不是证据。",
            "The evidence is among the passages the answer was made of, "
            "but the sentences quoted are not from it.",
        ),
    ),
    Outcome.REFUSED: Explained(
        Said("不该拒答", "wrongly refused"),
        Said(
            "证据就在回答所用的段落里，却拒绝回答。",
            "Refused, though the evidence is among the passages an answer is made of.",
        ),
    ),
    Outcome.PART: Explained(
        Said("证据不全", "only in part"),
        Said(
            "答案由几部分组成，其中一部分不在前 {answered_from} 个段落里。",
            "The answer has several parts, and some are not among the first {answered_from} passages.",
        ),
    ),
    Outcome.LOW: Explained(
        Said("名次太低", "ranked too low"),
        Said(
            "找到了，但排在前 {answered_from} 个段落之后，进不了回答。",
            "Found, but below the first {answered_from} passages, which an answer is made of.",
        ),
    ),
    Outcome.MISSED: Explained(
        Said("没有找到", "not found"),
        Said("前 {depth} 个段落里没有证据。", "No evidence among the first {depth} passages."),
    ),
    Outcome.SPLIT: Explained(
        Said("证据被切开", "evidence cut apart"),
        Said(
            "证据分在几个段落里，没有一个段落含有它的一半。",
            "Passages were cut so that no single one holds half of the evidence.",
        ),
    ),
    Outcome.RIGHT: Explained(
        Said("答对", "answered rightly"),
        Said("作了回答，且引出的句子能证明答案。", "Answered, with a sentence that proves the answer."),
    ),
    Outcome.REFUSED_RIGHTLY: Explained(
        Said("拒答得当", "rightly refused"),
        Said("文档没有答案，因此拒答。", "The documents do not tell, and it was refused."),
    ),
    Outcome.FOUND: Explained(
        Said("找到证据", "found"),
        Said(
            "证据在前 {answered_from} 个段落里；只测了检索。",
            "The evidence is among the first {answered_from} passages; only retrieval was measured.",
        ),
    ),
    Outcome.UNJUDGED: Explained(
        Said("无从评判", "nothing to judge"),
        Said(
            "文档没有答案；只测检索时，这样的问题不分对错。",
            "The documents do not tell; where only retrieval is measured, nothing is right or wrong.",
        ),
    ),
}
"""Outcomes, the worst first: to mislead is worse than to keep silent, and that worse than not to find."""

_CUTOFF = re.compile(r"@\d+$")
_BY_DOCUMENT = "document "


def is_by_document(metric: str) -> bool:
    """Whether a metric judges the documents of passages where the gold set judges spans."""
    return metric.startswith(_BY_DOCUMENT)


def metric_name(metric: str) -> Said:
    """What a metric is called; one that is not known keeps its own name."""
    if is_by_document(metric):
        plain = metric_name(metric.removeprefix(_BY_DOCUMENT))
        return Said("文档 {name}", "document {name}").format(name=plain)
    known = METRICS.get(metric)
    return known.name if known else same(metric)


def glossary_entry(metric: str) -> Explained | None:
    """The line that explains a metric, None for one that is not known."""
    return METRICS.get("document" if is_by_document(metric) else _CUTOFF.sub("@k", metric))
