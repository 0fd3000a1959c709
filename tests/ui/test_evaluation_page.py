"""The report page: its words and figures as text, and the page itself in a real Chromium."""

import base64
import hashlib
import json
import re
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from evaluation_samples import (
    HOSTILE,
    LONG_RUN,
    bare_report,
    big_report,
    hostile_report,
    small_report,
)
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page, expect

from qa.evaluation.report import Comparison, EvaluationReport, Outcome, QuestionResult, Verdict
from ui.evaluation.embedded import script_json
from ui.evaluation.page import report_page
from ui.evaluation.plots import Plot, draw_plots
from ui.evaluation.sections import metric_order, overall
from ui.evaluation.strings import (
    BROWSER,
    FIGURES,
    METRICS,
    OUTCOMES,
    PAGE,
    Said,
    glossary_entry,
    metric_name,
)
from ui.evaluation.wording import comparison_sentence, moment, p_value, percent, points

PACKAGE = Path(__file__).resolve().parents[2] / "ui" / "evaluation"
PHONE = {"width": 390, "height": 844}
MEGABYTE = 1_000_000
BATCH = 40

OpenReport = Callable[..., Page]

cached = cache(lambda make: report_page(make()))


def three_runs() -> EvaluationReport:
    return small_report(("lexical", "dense", "hybrid"))


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[OpenReport]:
    """Opens a page from a file; at the end, none may have complained, asked anybody or opened a dialog."""
    contexts = []
    complaints: list[str] = []

    def on_request(url: str) -> None:
        if not url.startswith((tmp_path.as_uri(), "data:")):
            complaints.append(f"asked for {url}")

    def open_one(html: str, address: str = "", **options: Any) -> Page:
        file = tmp_path / f"{len(contexts)}.html"
        file.write_text(html, encoding="utf-8")
        contexts.append(browser.new_context(**{"locale": "en-GB", **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: on_request(request.url))
        page.goto(file.as_uri() + address)
        expect(page.locator("#counted")).not_to_be_empty()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []


def chip(page: Page, value: str) -> Any:
    return page.locator(f".chip:has(input[name=outcome][value='{value}'])")


def listed(page: Page) -> list[str]:
    return page.locator("#rows .asked").all_inner_texts()


def unfold(page: Page, question: str) -> Any:
    details = page.locator("details.question", has=page.get_by_text(question, exact=True)).first
    details.locator("> summary").click()
    expect(details.locator(".detail")).to_be_visible()
    return details


def fits_the_width(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


def as_shown(text: str) -> str:
    """What the page has of a text that no file can hold: half a character is a question mark, NUL is nothing."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "")


# Words and figures


def every_word() -> list[tuple[str, Said]]:
    explained = {**METRICS, **FIGURES} | {o.value: each for o, each in OUTCOMES.items()}
    return [
        *PAGE.items(),
        *BROWSER.items(),
        *((name, each.name) for name, each in explained.items()),
        *((name, each.meaning) for name, each in explained.items()),
    ]


@pytest.mark.parametrize(("name", "said"), every_word())
def test_every_word_is_there_in_both_languages_with_the_same_blanks(name: str, said: Said) -> None:
    def blanks(text: str) -> set[str | None]:
        return {blank for _, blank, _, _ in string.Formatter().parse(text) if blank is not None}

    assert said.chinese.strip()
    assert said.english.strip()
    assert blanks(said.chinese) == blanks(said.english)
    assert not re.search("[一-鿿]", said.english)
    # What is the same in both is a name or a mark, as of a metric.
    assert re.search("[一-鿿、]", said.chinese) or said.chinese.lower() == said.english.lower().replace(
        ", ", "，"
    )


def test_every_outcome_is_explained() -> None:
    assert set(OUTCOMES) == set(Outcome)


def test_no_word_is_left_over_and_none_is_missing() -> None:
    scripts = "\n".join(file.read_text() for file in (PACKAGE / "assets").glob("*.js"))
    asked = set(re.findall(r'say\(\s*"(\w+)"', scripts))
    chosen = {word for found in re.findall(r'say\([^")]*\? "(\w+)" : "(\w+)"', scripts) for word in found}
    by_language = {"zh", "en"}
    assert asked | chosen | by_language == set(BROWSER)
    sources = [*(PACKAGE / "templates").glob("*.html"), *PACKAGE.glob("*.py")]
    used = "\n".join(file.read_text() for file in sources if file.name != "strings.py")
    for name in PAGE:
        if name not in {"unit_span", "unit_document"}:
            assert re.search(rf'say\.{name}\b|"{name}"', used), name


def test_every_class_that_the_scripts_and_templates_rely_on_for_outcomes_has_a_colour() -> None:
    style = (PACKAGE / "assets" / "report.css").read_text()
    for outcome in Outcome:
        assert f".o-{outcome.value}" in style


@pytest.mark.parametrize(
    ("share", "shown", "as_difference"),
    [
        (0.9236, "92.4", "+92.4"),
        (-0.0104, "−1.0", "−1.0"),
        (0.0, "0.0", "0.0"),
        (-0.0001, "0.0", "0.0"),
        (1, "100.0", "+100.0"),
    ],
)
def test_shares_are_shown_as_percent_with_one_decimal(share: float, shown: str, as_difference: str) -> None:
    assert percent(share) == shown
    assert points(share) == as_difference


def test_p_values_and_times_are_rounded_and_never_overstated() -> None:
    assert [p_value(p).replace("\u00a0", " ") for p in (0.00099, 0.0031, 1.0)] == [
        "p < 0.001",
        "p = 0.003",
        "p = 1.000",
    ]
    assert moment("2025-11-04T17:30:59+08:00") == "2025-11-04 09:30 UTC"
    assert moment("some day") == "some day"


def compared(verdict: Verdict, difference: float, low: float, high: float) -> Comparison:
    return Comparison("hybrid", "lexical", "recall@5", 79, difference, low, high, 0.0005, 0.003, verdict)


@pytest.mark.parametrize(
    ("comparison", "english", "chinese"),
    [
        (
            compared(Verdict.BETTER, 0.042, 0.021, 0.064),
            "hybrid beats lexical by 4.2 points of recall@5, 95% interval 2.1 to 6.4, p = 0.003 after Holm's correction for 12 comparisons.",
            "hybrid 的 recall@5 比 lexical 高 4.2 个百分点，95% 区间 2.1 至 6.4，p = 0.003（按 12 次比较作 Holm 校正）。",
        ),
        (
            compared(Verdict.WORSE, -0.042, -0.064, -0.021),
            "lexical beats hybrid by 4.2 points of recall@5, 95% interval 2.1 to 6.4, p = 0.003 after Holm's correction for 12 comparisons.",
            "lexical 的 recall@5 比 hybrid 高 4.2 个百分点，95% 区间 2.1 至 6.4，p = 0.003（按 12 次比较作 Holm 校正）。",
        ),
        (
            compared(Verdict.NO_DIFFERENCE, 0.003, -0.01, 0.016),
            "No difference shown in recall@5: +0.3 points, 95% interval −1.0 to 1.6, p = 0.003.",
            "recall@5 未见差异：+0.3 个百分点，95% 区间 −1.0 至 1.6，p = 0.003。",
        ),
    ],
)
def test_a_comparison_is_a_sentence_from_the_side_of_the_winner(
    comparison: Comparison, english: str, chinese: str
) -> None:
    said = comparison_sentence(comparison, 12)
    assert said.english.replace("\u00a0", " ") == english
    assert said.chinese.replace("\u00a0", " ") == chinese


def test_a_single_comparison_is_not_said_to_be_corrected() -> None:
    said = comparison_sentence(compared(Verdict.BETTER, 0.042, 0.021, 0.064), 1)
    assert "Holm" not in said.english + said.chinese


def test_metrics_stand_in_the_order_of_the_glossary() -> None:
    names = [
        "document recall@5",
        "odd",
        "MRR",
        "handled",
        "recall@10",
        "recall@5",
        "nDCG@10",
        "document odd@x",
    ]
    assert sorted(names, key=metric_order) == [
        "recall@5",
        "recall@10",
        "nDCG@10",
        "MRR",
        "handled",
        "odd",
        "document recall@5",
        "document odd@x",
    ]
    assert glossary_entry("recall@20") is METRICS["recall@k"]
    assert glossary_entry("odd") is None
    assert metric_name("document contains_answer").english == "document answer contained"


@given(
    st.recursive(
        st.text()
        | st.integers(-(2**53), 2**53)
        | st.none()
        | st.text(alphabet="<>&/!-\u2028\u2029\ud800script"),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_embedded_data_is_read_back_the_same_and_cannot_end_its_element(value: Any) -> None:
    text = str(script_json(value))
    assert json.loads(text) == value
    assert not re.search("[<>&\u2028\u2029\ud800-\udfff]", text)


# The page as text


def test_the_page_is_the_same_every_time() -> None:
    assert report_page(small_report()) == report_page(small_report())


def test_nothing_on_the_page_points_elsewhere() -> None:
    html = cached(small_report)
    assert not re.search(r"""(?:src|href|action|url|import)\s*[=(]\s*["']?\s*(?!#|data:)[a-z/]""", html)
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in html


def test_only_the_scripts_of_the_page_itself_may_run_and_nothing_may_be_fetched() -> None:
    html = cached(small_report)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    allowed = policy[1].replace("&#39;", "'")
    assert allowed.startswith("default-src 'none'; ")
    scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert re.findall(r"'sha256-([^']+)'", allowed) == hashes


def test_plots_are_inline_text_in_the_colours_of_the_page() -> None:
    html = cached(three_runs)
    plots = re.findall(r'<svg[^>]*role="img".*?</svg>', html, re.DOTALL)
    assert len(plots) == 5
    together = "".join(plots)
    assert ">paraphrase (" in together
    assert 'lang="zh-CN">没有</tspan>' in together
    assert 'lang="en">never</tspan>' in together
    assert {"currentColor", "var(--run-1)", "var(--run-2)", "var(--run-3)"} <= set(
        re.findall(r"currentColor|var\(--run-\d\)", together)
    )
    assert not re.search(r"font-family|#0000|DejaVu|<style|metadata|dc:date", together)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert [name for name, count in Counter(ids).items() if count > 1] == []
    referred = {
        name for found in re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', html) for name in found if name
    }
    assert referred <= set(ids)


def test_a_run_without_answers_has_no_plot_of_refusing_and_a_bare_report_has_hardly_any() -> None:
    for plot in ('id="plot-risk"', 'id="plot-reliability"'):
        assert plot in cached(small_report)
        assert plot not in report_page(small_report(("lexical",)))
    assert 'role="img"' not in report_page(bare_report())


def with_refusals(report: EvaluationReport, **changes: Any) -> EvaluationReport:
    """The report with its last run's refusals changed."""
    *others, last = report.runs
    assert last.refusals is not None
    return replace(report, runs=(*others, replace(last, refusals=replace(last.refusals, **changes))))


def reliability_plot(report: EvaluationReport) -> Plot | None:
    return next((plot for plot in draw_plots(report) if plot.name == "reliability"), None)


def test_the_reliability_diagram_has_only_runs_whose_confidence_could_be_judged() -> None:
    report = three_runs()
    plot = reliability_plot(report)
    assert plot is not None
    # Only hybrid answers.
    assert plot.runs == (2,)
    assert "var(--run-3)" in plot.svg
    assert "var(--run-1)" not in plot.svg
    assert reliability_plot(with_refusals(report, reliability=(), calibration_error=None)) is None


def test_the_numbers_of_the_reliability_diagram_are_those_of_its_bins() -> None:
    report = small_report()
    refusals = report.runs[-1].refusals
    assert refusals is not None
    plot = reliability_plot(report)
    assert plot is not None
    assert plot.numbers is not None
    assert [column.english for column in plot.numbers.columns] == [
        "confidence, %",
        "Run",
        "answerable, %",
        "95% interval",
        "n",
    ]
    assert len(refusals.reliability) == 10
    assert [tuple(cell.english for cell in row) for row in plot.numbers.rows] == [
        (
            percent(each.confidence),
            "hybrid",
            percent(each.answerable),
            f"{percent(each.low)}–{percent(each.high)}",
            str(each.questions),
        )
        for each in refusals.reliability
    ]
    alone = reliability_plot(small_report(("hybrid",)))
    assert alone is not None
    assert alone.numbers is not None
    assert PAGE["run"] not in alone.numbers.columns


@pytest.mark.parametrize(
    ("threshold", "lines", "told"),
    [
        ({"zh": 0.5, "en": 0.25}, ["English", "Chinese"], "English 25.0%, Chinese 50.0%."),
        # Too close to be told apart.
        ({"zh": 0.5, "en": 0.49}, ["threshold"], "English 49.0%, Chinese 50.0%."),
        # No question was asked in this one.
        ({"zh": 0.5, "fr": 0.1}, ["threshold"], "Chinese 50.0%."),
        ({}, [], "Whiskers are 95% intervals."),
    ],
)
def test_thresholds_are_lines_in_the_reliability_diagram(
    threshold: dict[str, float], lines: list[str], told: str
) -> None:
    # The line of a first run is a whole one, so that none but thresholds are dotted.
    plot = reliability_plot(with_refusals(small_report(("hybrid",)), threshold=threshold))
    assert plot is not None
    assert plot.aid.english.endswith(told)
    words = re.findall(r'lang="en">([^<]*)</tspan>', plot.svg)
    assert [word for word in words if word in {"threshold", "Chinese", "English", "fr"}] == lines
    assert plot.svg.count("stroke-dasharray") == len(lines)


def test_a_report_without_the_calibration_error_has_no_row_for_it() -> None:
    name = PAGE["calibration_error"]
    report = with_refusals(small_report(), calibration_error=0.151)
    lexical, hybrid = next(row.cells for row in overall(report) if row.name == name)
    assert lexical is None
    assert hybrid is not None
    assert hybrid.value == "15.1"
    assert name not in [row.name for row in overall(with_refusals(report, calibration_error=None))]


# The page in a browser


def test_the_verdict_is_read_in_either_language(open_report: OpenReport) -> None:
    report = small_report()
    page = open_report(cached(small_report), locale="zh-CN")
    recall = percent(report.runs[-1].overall.metrics["recall@5"].mean)
    lead = page.locator(".lead.first")
    expect(lead).to_contain_text(f"hybrid 平均把 {recall}% 的证据找进前 5 个段落")
    expect(lead.get_by_text("of the evidence")).to_be_hidden()
    expect(page).to_have_title("gold.jsonl · Yinju 引据 · 评测报告")
    page.get_by_role("button", name="English").click()
    expect(
        lead.get_by_text(f"hybrid finds {recall}% of the evidence within the first 5 passages")
    ).to_be_visible()
    expect(lead.get_by_text("的证据")).to_be_hidden()
    expect(page).to_have_title("gold.jsonl · Yinju 引据 · Evaluation report")
    for comparison in report.comparisons:
        sentence = comparison_sentence(comparison, len(report.comparisons)).english
        expect(page.locator(".pair").get_by_text(sentence)).to_be_visible()
    expect(page.locator(".warnings")).to_contain_text(report.warnings[0])
    expect(page.locator(".facts")).to_contain_text("5 documents, 360 passages")
    expect(page.get_by_role("img", name=PAGE["recall_curve"].english)).to_be_visible()
    # Chosen once, the language stays with the address.
    page.reload()
    expect(page.get_by_role("button", name="English")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#filter [name=text]")).to_have_attribute(
        "placeholder", BROWSER["placeholder"].english
    )


def test_all_figures_are_in_the_tables(open_report: OpenReport) -> None:
    report = small_report()
    page = open_report(cached(small_report))
    hybrid = report.runs[-1]
    row = page.locator(".figures.overall tr", has_text="nDCG@10")
    found = hybrid.overall.metrics["nDCG@10"]
    expect(row).to_contain_text(percent(found.mean))
    expect(row).to_contain_text(f"{percent(found.low)}–{percent(found.high)}")
    expect(row).to_contain_text(str(found.questions))
    block = page.locator(".figures.wide").first.locator("tbody", has_text="paraphrase")
    group = next(group for group in hybrid.types if group.name == "paraphrase")
    expect(block).to_contain_text(f"{group.questions} questions")
    expect(block.locator("tr", has_text="hybrid")).to_contain_text(percent(group.metrics["recall@5"].mean))
    page.get_by_text(PAGE["glossary"].english).click()
    expect(page.get_by_text(METRICS["recall@k"].meaning.english)).to_be_visible()
    expect(page.get_by_text(FIGURES["calibration_error"].meaning.english)).to_be_visible()


def wrong(results: tuple[QuestionResult, ...]) -> list[QuestionResult]:
    return [result for result in results if not result.outcome.good]


def test_wrong_questions_come_first_and_filters_narrow_them(open_report: OpenReport) -> None:
    report = small_report()
    lexical, hybrid = report.runs
    page = open_report(cached(small_report))
    expect(chip(page, "wrong").locator("input")).to_be_checked()
    expect(chip(page, "wrong")).to_contain_text(str(len(wrong(hybrid.questions))))
    assert listed(page)[0] in {
        result.question for result in hybrid.questions if result.outcome is Outcome.ANSWERED_WRONGLY
    }

    chip(page, "refused").click()
    expected = [result.question for result in hybrid.questions if result.outcome is Outcome.REFUSED]
    assert listed(page) == expected
    expect(page.locator("#counted")).to_have_text(f"{len(expected)} of {len(hybrid.questions)} questions")

    chip(page, "all").click()
    page.get_by_role("combobox", name="Type").select_option("paraphrase")
    paraphrases = [result for result in hybrid.questions if result.type == "paraphrase"]
    assert Counter(listed(page)) == Counter(result.question for result in paraphrases)
    expect(chip(page, "all")).to_contain_text(str(len(paraphrases)))

    page.get_by_role("combobox", name="Language of the question").select_option(label="English")
    expect(page.locator("#counted")).to_have_text(BROWSER["none"].english)
    page.get_by_role("button", name=BROWSER["reset"].english).click()
    expect(chip(page, "wrong").locator("input")).to_be_checked()

    page.get_by_role("radio", name="lexical").click()
    expected = [result.question for result in wrong(lexical.questions)]
    assert Counter(listed(page)) == Counter(expected)

    chip(page, "all").click()
    target = next(result for result in lexical.questions if result.answers)
    page.get_by_role("searchbox", name="Text").fill(f"{target.answers[0]} {target.id.upper()}")
    expect(page.locator("#rows > li")).to_have_count(1)
    assert listed(page) == [target.question]


def test_the_choice_is_kept_in_the_address(open_report: OpenReport) -> None:
    page = open_report(cached(small_report))
    page.get_by_role("radio", name="lexical").click()
    chip(page, "all").click()
    page.get_by_role("combobox", name="Type").select_option("list")
    page.get_by_role("searchbox", name="Text").fill("湖 &=#")
    expect(page).to_have_url(re.compile("text=.*%26"))
    page.get_by_role("searchbox", name="Text").fill("湖")
    expect(page).not_to_have_url(re.compile("%26"))
    before = listed(page)
    address = page.url
    assert address.split("#")[1].startswith("run=lexical&outcome=all&type=list&text=")
    page.reload()
    expect(page.get_by_role("searchbox", name="Text")).to_have_value("湖")
    expect(page.get_by_role("combobox", name="Type")).to_have_value("=list")
    assert listed(page) == before
    # A link within the page leaves the choice alone; another address makes another choice.
    page.get_by_role("link", name=PAGE["plots"].english).click()
    assert listed(page) == before
    page.evaluate("location.hash = 'outcome=missed'")
    expect(chip(page, "missed").locator("input")).to_be_checked()
    expect(page.get_by_role("searchbox", name="Text")).to_have_value("")
    page.evaluate("location.hash = 'outcome=nonsense&run=none&type=none'")
    expect(chip(page, "wrong").locator("input")).to_be_checked()
    expect(page.locator("#counted")).to_have_text(BROWSER["none"].english)


def test_a_question_unfolds_to_all_that_is_known_of_it(open_report: OpenReport) -> None:
    report = small_report()
    lexical, hybrid = report.runs
    result = next(
        each
        for each in hybrid.questions
        if each.outcome is Outcome.RIGHT and each.first_rank == 1 and each.language == "zh" and each.answers
    )
    assert result.answer is not None
    page = open_report(cached(small_report), "#outcome=right")
    details = unfold(page, result.question)
    expect(details.locator(".explained")).to_have_text(OUTCOMES[Outcome.RIGHT].meaning.english)
    assert details.locator(".answers li").all_inner_texts() == list(result.answers)
    run = result.evidence[0]
    proof = details.locator(".evidence li").first
    assert proof.locator("blockquote").evaluate("e => e.textContent") == run.text
    expect(proof.locator(".where")).to_have_text(f"{run.path} lines {run.line_start}–{run.line_end}")
    expect(details.locator(".state")).to_have_text(
        f"answered · confidence {int(100 * result.answer.confidence)}%"
    )
    judged = details.locator(".citations li")
    for place, citation in enumerate(result.answer.citations):
        expect(judged.nth(place)).to_contain_text("✓ proves it" if citation.right else "✗ not the evidence")
        expect(judged.nth(place).locator("blockquote")).to_have_text(citation.text)

    hits = details.locator(".hit")
    assert hits.count() == len(result.hits)
    first, second = hits.nth(0), hits.nth(1)
    expect(first.locator(".ranks")).to_contain_text("✓ relevant")
    expect(first.locator(".ranks")).to_contain_text(f"words {result.hits[0].lexical_rank}")
    expect(first.locator(".ranks")).to_contain_text(f"meaning {result.hits[0].dense_rank}")
    passage = report.passages[result.hits[0].passage]
    assert first.locator(".passage").evaluate("e => e.textContent") == passage.text
    held = [term for term in result.hits[0].terms if term in passage.text.lower()]
    marked = "".join(text.lower() for text in first.locator("mark.term").all_inner_texts())
    assert held
    assert all(term in marked or len(marked) >= len(term) for term in held)
    proved = "".join(first.locator("mark.proof").all_inner_texts())
    assert "".join(proved.split()) == "".join(run.text.split())
    # Passages that prove nothing are folded until they are asked for.
    expect(second.locator(".passage")).to_be_hidden()
    second.locator("summary").click()
    expect(second.locator(".passage")).to_have_text(
        " ".join(report.passages[result.hits[1].passage].text.split())
    )

    other = next(each for each in lexical.questions if each.id == result.id)
    expect(details.locator(".others li")).to_contain_text(OUTCOMES[other.outcome].name.english)
    details.get_by_text(BROWSER["figures"].english).click()
    expect(details.locator("dl.own div", has_text="recall@1").first).to_contain_text("100.0")
    # It stays unfolded in the other language.
    page.get_by_role("button", name="中文").click()
    expect(page.locator("details.question[open] .explained")).to_have_text(
        OUTCOMES[Outcome.RIGHT].meaning.chinese
    )


def test_a_refusal_and_a_later_turn_say_so(open_report: OpenReport) -> None:
    page = open_report(cached(small_report), "#outcome=refused_rightly")
    result = next(
        each for each in small_report().runs[-1].questions if each.outcome is Outcome.REFUSED_RIGHTLY
    )
    details = unfold(page, result.question)
    expect(details.locator(".state")).to_contain_text("refused · confidence")
    expect(details.locator("h4", has_text=BROWSER["held_back"].english)).to_be_visible()
    assert result.answer is not None
    expect(details.locator(".reason")).to_have_text(result.answer.reason or "")
    page.evaluate("location.hash = 'outcome=all&type=follow_up'")
    turn = unfold(page, "那它呢？")
    expect(turn.locator(".said")).to_have_text("湖州全域生物物种达到多少种？")
    expect(turn.locator(".turn")).to_have_text(BROWSER["later_turn"].english)


def test_traditional_text_is_highlighted_by_simplified_terms_and_latin_terms_by_whole_words(
    open_report: OpenReport,
) -> None:
    report = small_report(("lexical",))
    run = report.runs[0]
    result = run.questions[0]
    passages = {
        "t": replace(report.passages[result.hits[0].passage], text="臺灣的濕地 CAT concatenate ㎡ cat.")
    }
    hit = replace(result.hits[0], passage="t", terms=("湿地", "台湾", "cat"), relevant=False, rank=1)
    changed = replace(result, hits=(hit,), outcome=Outcome.MISSED)
    page = open_report(
        report_page(replace(report, runs=(replace(run, questions=(changed,)),), passages=passages))
    )
    details = unfold(page, result.question)
    assert details.locator("mark.term").all_inner_texts() == ["臺灣", "濕地", "CAT", "cat"]


def test_the_list_is_worked_by_keyboard(open_report: OpenReport) -> None:
    page = open_report(cached(small_report))
    chip(page, "wrong").locator("input").focus()
    page.keyboard.press("ArrowRight")
    expect(chip(page, "answered_wrongly").locator("input")).to_be_checked()
    expect(chip(page, "answered_wrongly").locator("input")).to_be_focused()
    page.locator("#rows summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rows .detail").first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_text_of_documents_and_questions_is_shown_as_text_and_never_run(open_report: OpenReport) -> None:
    page = open_report(cached(hostile_report), "#outcome=all", viewport=PHONE)
    expect(page.locator("h1")).to_have_text(as_shown(HOSTILE))
    assert page.locator("#rows > li").count() == 3
    for summary in page.locator("#rows details.question > summary").all():
        summary.click()
    page.eval_on_selector_all("#rows details", "all => all.forEach(each => { each.open = true; })")
    # In the data nothing is lost: the script gets the very text, and half a character stays half a one.
    question = page.locator(".asked").first.evaluate("e => e.textContent")
    assert question.encode("utf-16", "surrogatepass") == HOSTILE.encode("utf-16", "surrogatepass")
    passage = page.locator(".passage").first.evaluate("e => e.textContent")
    assert passage.encode("utf-16", "surrogatepass") == f"{HOSTILE} {LONG_RUN}".encode(
        "utf-16", "surrogatepass"
    )
    expect(page.locator(".inexact").first).to_have_text(BROWSER["not_exact"].english)
    assert page.evaluate("window.pwned") is None
    assert page.locator("img, iframe, a[href^=javascript]").count() == 0
    assert page.locator("body script").count() == 7
    assert page.locator("svg[onload]").count() == 0
    assert fits_the_width(page)
    page.get_by_role("button", name="中文").click()
    assert fits_the_width(page)


def test_markup_that_got_into_the_page_could_neither_run_nor_fetch(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(cached(small_report), encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    refused = page.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.pwned = 1";
            document.body.append(script);
            document.body.insertAdjacentHTML("beforeend", "<b onclick='window.pwned = 1'>x</b>");
            document.body.lastChild.click();
            return fetch("http://127.0.0.1:9/").then(() => "fetched", () => "refused");
        }"""
    )
    assert refused == "refused"
    assert page.evaluate("window.pwned") is None
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
    page.close()


def test_a_big_report_stays_small_opens_fast_and_shows_little_at_a_time(open_report: OpenReport) -> None:
    report = big_report()
    html = report_page(report)
    assert len(html.encode()) < 25 * MEGABYTE
    started = time.monotonic()
    page = open_report(html)
    # A second is the aim; this allows for a busy machine.
    assert time.monotonic() - started < 8
    rows = page.locator("#rows > li")
    assert rows.count() == BATCH
    page.get_by_role("button", name=re.compile("Show 40 more")).click()
    assert rows.count() == 2 * BATCH
    expect(rows.nth(BATCH).locator("summary").first).to_be_focused()
    chip(page, "all").click()
    expect(page.locator("#counted")).to_have_text("3,524 of 3,524 questions")
    assert rows.count() == BATCH
    started = time.monotonic()
    page.get_by_role("searchbox", name="Text").fill("q03523")
    expect(rows).to_have_count(1)
    assert time.monotonic() - started < 4
    details = unfold(page, report.runs[-1].questions[-1].question)
    assert details.locator(".hit").count() == 10
    expect(details.locator(".documents li").first).to_have_text(report.runs[-1].questions[-1].documents[0])


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_a_phone_shows_everything_in_its_width(open_report: OpenReport, locale: str) -> None:
    html = cached(three_runs)
    page = open_report(
        html, viewport=PHONE, is_mobile=True, has_touch=True, color_scheme="dark", locale=locale
    )
    assert fits_the_width(page)
    for summary in page.locator("details:not(.question) > summary").all():
        summary.click()
    page.locator("#rows details.question > summary").first.click()
    expect(page.locator(".detail")).to_be_visible()
    assert fits_the_width(page)
    # Wide tables scroll in their own boxes.
    assert page.locator(".scroll:has(.wide)").first.evaluate("e => e.scrollWidth > e.clientWidth")


def test_on_paper_there_is_nothing_to_press_and_nothing_is_dark(open_report: OpenReport) -> None:
    page = open_report(cached(small_report), color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(background) == "rgb(25, 24, 23)"
    page.locator("#rows summary").first.click()
    page.emulate_media(media="print")
    assert page.evaluate(background) == "rgb(255, 255, 255)"
    for pressed in ("#filter", "nav", ".languages"):
        expect(page.locator(pressed)).to_be_hidden()
    expect(page.locator("#rows .detail").first).to_be_visible()
    assert fits_the_width(page)


def test_the_least_report_opens(open_report: OpenReport) -> None:
    page = open_report(report_page(bare_report()), locale="zh-CN")
    expect(page.locator("#counted")).to_have_text(BROWSER["none"].chinese)
    chip(page, "all").click()
    details = unfold(page, "问？")
    expect(details.locator(".explained")).to_have_text(OUTCOMES[Outcome.UNJUDGED].meaning.chinese)
    expect(details.get_by_text(BROWSER["no_hits"].chinese)).to_be_visible()
    assert page.locator("#filter select:visible").count() == 0


def test_a_report_without_any_question_of_a_run_is_drawn(open_report: OpenReport) -> None:
    report: EvaluationReport = bare_report()
    empty = replace(report, runs=(replace(report.runs[0], questions=()),))
    page = open_report(report_page(empty))
    expect(page.locator("#counted")).to_have_text(BROWSER["none"].english)
