"""The chat page: in a real Chromium over a real server, and the parts of it that need neither."""

import dataclasses
import json
import re
import socket
import string
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect

import qa.bot
from qa.bot import Bot
from qa.confidence import Calibration, shipped_calibration
from qa.errors import FeedbackError
from qa.feedback import MAX_COMMENT, FeedbackStore, Rating
from qa.queries import MAX_CHARACTERS
from qa.types import (
    Answer,
    Citation,
    DocumentRef,
    Doubt,
    DoubtKind,
    Language,
    Query,
    Support,
    WrittenSentence,
)
from ui.page.examples import examples_for
from ui.page.handlers import Handlers
from ui.page.templating import asset
from ui.page.turns import Piece, answered_turn, paragraphs
from ui.page.viewer import document_lines
from ui.server import ServerError, run
from ui.settings import Settings
from ui.strings import CHINESE, ENGLISH, LANGUAGES, Strings, strings_for

QUESTION = "湖州对扬子鳄、朱鹮、安吉小鲵分别采取什么保护策略？"
PHONE = {"width": 390, "height": 844}
HOSTILE_NAME = "<img src=x onerror=window.pwned=1>.txt"
HOSTILE_MARKUP = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
    "[点这里](javascript:window.pwned=1) {{constructor}} ${window.pwned=1} </mark></div><svg onload=window.pwned=1>"
)
LONG_RUN = "W" * 3000 + "鲸" * 3000

OpenPage = Callable[..., Page]


def refusing() -> Calibration:
    """The shipped calibration with a threshold that nothing reaches."""
    return dataclasses.replace(shipped_calibration(), threshold=dict.fromkeys(Language, 1.1))


def never_refusing() -> Calibration:
    return dataclasses.replace(shipped_calibration(), threshold=dict.fromkeys(Language, -1.0))


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens pages; at the end, none may have complained or asked another host for anything."""
    contexts = []
    complaints: list[str] = []
    asked: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        asked.append(request.url)

    def open_one(address: str, **options: Any) -> Page:
        contexts.append(browser.new_context(**{"locale": "zh-CN", **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        page.on("console", on_console)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", on_request)
        page.goto(address)
        expect(page.locator("#welcome section")).to_be_visible()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
    assert {urlsplit(url).hostname for url in asked if not url.startswith(("data:", "blob:"))} == {
        "127.0.0.1"
    }


def ask(page: Page, question: str) -> None:
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn").last).to_have_class(re.compile(r"answered|refused|failed"))


def marked(page: Page) -> str:
    """All that is highlighted in the viewer, exactly."""
    return str(page.eval_on_selector_all("dialog mark", "marks => marks.map(m => m.textContent).join('')"))


def wait_for_place(page: Page, n: int, total: int) -> None:
    expect(page.locator("dialog .position")).to_have_text(re.compile(rf"{n}\D+{total}"))


def api_answer(page: Page, server: str, question: str) -> Any:
    return page.request.post(f"{server}/v1/ask", data={"question": question}).json()


def test_a_chinese_question_is_answered_and_each_citation_opens_at_its_quote(
    server: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(server, viewport={"width": 1440, "height": 900})
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("湖州")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("#question textarea")).to_have_value("湖州\n")
    assert page.locator(".turn").count() == 0

    monkeypatch.setattr(qa.bot, "shipped_calibration", never_refusing)
    ask(page, QUESTION)
    expected = api_answer(page, server, QUESTION)
    turn = page.locator(".turn")
    expect(turn.locator(".question")).to_have_text(QUESTION)
    expect(page.locator("#question textarea")).to_have_value("")
    assert turn.locator(".words").all_inner_texts() == [each["text"] for each in expected["citations"]]
    assert turn.locator(".chip").all_inner_texts() == [str(each["n"]) for each in expected["citations"]]
    assert turn.locator(".citations blockquote").all_inner_texts() == [
        each["text"] for each in expected["citations"]
    ]
    for citation in expected["citations"]:
        turn.locator(f".chip >> text={citation['n']}").click()
        expect(page.locator("dialog mark").first).to_be_in_viewport()
        assert marked(page) == citation["quote"]
        first = page.locator("dialog .line:has(mark)").first
        assert first.get_attribute("data-line") == str(citation["line_start"])
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_be_hidden()

    # The passages, by card and then from one to the next.
    turn.locator(".passages > summary").click()
    turn.locator(".passages .place").first.click()
    for n, passage in enumerate(expected["passages"], start=1):
        wait_for_place(page, n, len(expected["passages"]))
        expect(page.locator("dialog mark").first).to_be_in_viewport()
        assert marked(page) == passage["quote"]
        source = page.request.get(f"{server}/v1/documents/{passage['document']['id']}/source").text()
        assert page.locator("dialog .source").evaluate("e => e.textContent") == source
        if n < len(expected["passages"]):
            page.get_by_role("button", name=CHINESE.following).click()
    page.get_by_role("button", name=CHINESE.previous).click()
    wait_for_place(page, len(expected["passages"]) - 1, len(expected["passages"]))
    page.get_by_role("button", name=CHINESE.close).click()
    expect(page.locator("dialog")).to_be_hidden()

    # Why the passage was found is told, and stays unfolded when the next answer arrives.
    turn.locator(".why summary").first.click()
    expect(turn.locator(".why dl").first).to_contain_text(expected["passages"][0]["why"]["terms"][0])
    ask(page, "“自然伙伴计划”的发起人是谁？")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").first.locator(".why dl").first).to_be_visible()


def test_an_example_is_asked_by_choosing_it_and_the_long_document_opens_quickly(
    server: str, open_page: OpenPage
) -> None:
    page = open_page(server)
    examples = page.locator("#welcome [data-question]")
    assert 4 <= examples.count() <= 6
    examples.filter(has_text="雪豹").click()
    expect(page.locator(".turn .question")).to_contain_text("雪豹")
    place = page.locator(".turn .place").first
    place.wait_for(state="attached")
    assert page.request.get(f"{server}/v1/documents").ok
    started = time.monotonic()
    place.evaluate("place => place.click()")
    expect(page.locator("dialog mark").first).to_be_in_viewport()
    assert page.locator("dialog .source").evaluate("e => e.textContent.length") > 70_000
    # A second is the aim; this allows for a busy machine.
    assert time.monotonic() - started < 3


def test_the_page_speaks_english_to_an_english_browser(
    server: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "shipped_calibration", never_refusing)
    page = open_page(server, locale="en-GB")
    expect(page.locator("#welcome")).to_contain_text(ENGLISH.introduction)
    expect(page.locator("#send")).to_have_text(ENGLISH.send)
    expect(page.get_by_label(ENGLISH.question, exact=True)).to_be_focused()
    expect(page.get_by_text(ENGLISH.tagline)).to_be_visible()
    expect(page.get_by_text(CHINESE.tagline)).to_be_hidden()
    page.locator("#question textarea").fill("What did the Kunming conference adopt?")
    page.locator("#send").click()
    turn = page.locator(".turn.answered")
    expect(turn.locator(".chip").first).to_be_visible()
    turn.locator(".citations .place").first.click()
    quote = api_answer(page, server, "What did the Kunming conference adopt?")["citations"][0]["quote"]
    expect(page.locator("dialog mark").first).to_be_in_viewport()
    assert marked(page) == quote
    expect(page.get_by_role("button", name=ENGLISH.close)).to_be_visible()


def test_a_refusal_looks_like_none_of_the_answers_and_offers_the_nearest_passages(
    server: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "shipped_calibration", refusing)
    page = open_page(server)
    ask(page, "红烧肉怎么做才好吃？")
    expected = api_answer(page, server, "红烧肉怎么做才好吃？")
    turn = page.locator(".turn.refused")
    expect(turn.locator(".verdict")).to_have_text(CHINESE.refusal)
    expect(turn.locator(".reason")).to_have_text(expected["reason"])
    expect(turn.locator(".chip")).to_have_count(0)
    turn.locator(".passages .place").first.click()
    expect(page.locator("dialog mark").first).to_be_in_viewport()
    assert marked(page) == expected["passages"][0]["quote"]


@pytest.mark.parametrize(
    ("locale", "sentences"),
    [
        (
            "zh-CN",
            {
                "": CHINESE.empty_question,
                "？！": CHINESE.wordless_question,
                "长" * (MAX_CHARACTERS + 1): CHINESE.long_question.format(limit=MAX_CHARACTERS),
            },
        ),
        ("en", {" ": "The question is empty"}),
    ],
)
def test_a_question_that_cannot_be_asked_gets_a_sentence_and_stays_in_the_box(
    server: str, open_page: OpenPage, locale: str, sentences: dict[str, str]
) -> None:
    page = open_page(server, locale=locale)
    for question, sentence in sentences.items():
        page.locator("#question textarea").fill(question)
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(sentence)
        expect(page.locator("#question textarea")).to_have_value(question)
        assert page.locator(".turn").count() == 0


def test_an_accident_is_told_in_a_sentence_and_logged(
    server: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down() -> Calibration:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(qa.bot, "shipped_calibration", break_down)
    page = open_page(server)
    ask(page, QUESTION)
    expect(page.locator(".turn.failed .sentence")).to_have_text(CHINESE.went_wrong)
    assert "secret detail" not in page.content()
    assert "secret detail" in caplog.text


def test_documents_names_and_questions_are_shown_as_text_and_never_run(
    server_over: Callable[..., str], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "shipped_calibration", never_refusing)
    source = f"蓝鲸站站长是{HOSTILE_MARKUP}张三。\r\n\r\n蓝鲸站的全名是{LONG_RUN}。\r\n"
    server = server_over({HOSTILE_NAME: source})
    page = open_page(server, viewport=PHONE)
    assert page.locator("#welcome [data-question]").count() == 0
    ask(page, f"蓝鲸站站长是谁？{HOSTILE_MARKUP}")
    expect(page.locator(".turn .question")).to_contain_text(HOSTILE_MARKUP)
    page.locator(".passages > summary").click()
    page.locator(".turn .place").first.click()
    expect(page.locator("dialog mark").first).to_be_in_viewport()
    expect(page.locator("dialog header")).to_contain_text(HOSTILE_NAME)
    assert page.locator("dialog .source").evaluate("e => e.textContent") == source
    assert page.evaluate("window.pwned") is None
    assert page.locator("#conversation").locator("script, img, svg, a").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.locator("dialog .source").evaluate("e => e.scrollWidth <= e.clientWidth")


def test_a_place_that_the_document_has_lost_is_not_marked_as_if_it_were_the_quote(
    server: str, open_page: OpenPage
) -> None:
    page = open_page(server)
    ask(page, QUESTION)
    place = page.locator(".turn .place").first
    known = json.loads(place.get_attribute("data-place") or "")
    for changed, sentence in (
        ({"end": known["end"] - 1}, CHINESE.place_moved),
        ({"document": "none"}, CHINESE.place_gone),
    ):
        place.evaluate(
            "(place, to) => { place.dataset.place = to; place.click() }", json.dumps(known | changed)
        )
        expect(page.locator("dialog [role=alert]")).to_have_text(sentence)
        expect(page.locator("dialog mark")).to_have_count(0)
        page.keyboard.press("Escape")


def test_a_phone_shows_everything_in_its_width(
    server: str, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "shipped_calibration", never_refusing)
    page = open_page(server, viewport=PHONE, is_mobile=True, has_touch=True, color_scheme="dark")
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == PHONE["width"]
    ask(page, QUESTION)
    page.locator(".passages > summary").click()
    assert page.evaluate(width) == PHONE["width"]
    above, below = (part.bounding_box() for part in page.locator(".evidence > *").all())
    assert above is not None
    assert below is not None
    assert below["y"] >= above["y"] + above["height"]
    page.locator(".turn .place").first.click()
    expect(page.locator("dialog mark").first).to_be_in_viewport()
    assert page.locator("dialog").evaluate("e => e.getBoundingClientRect().width") == PHONE["width"]
    assert page.evaluate(width) == PHONE["width"]


def test_the_api_and_the_favicon_are_served_beside_the_page(
    server: str, open_page: OpenPage, outward: list[str]
) -> None:
    page = open_page(server)
    for path in ("/healthz", "/readyz", "/openapi.json", "/v1/documents", "/manifest.json"):
        assert page.request.get(server + path).ok, path
    icon = page.request.get(f"{server}/favicon.ico")
    assert icon.ok
    assert icon.headers["content-type"] == "image/png"
    assert page.request.get(f"{server}/v1/nothing").status == 404
    assert "default-src 'self'" in page.request.get(server).headers["content-security-policy"]
    assert not page.locator("footer a, a[href*='gradio']").count()
    documentation = page.context.new_page()
    documentation.goto(f"{server}/docs")
    expect(documentation.get_by_text("/v1/ask").first).to_be_visible()
    assert outward == []


def test_a_port_in_use_is_one_clear_error(seed_data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ServerError, match=rf"Port {port} of 127\.0\.0\.1 is already in use\. .*--port"):
            run(Settings(data=seed_data, port=port), announce=pytest.fail)


def test_an_address_of_no_interface_here_is_one_clear_error(seed_data: Path) -> None:
    with pytest.raises(ServerError, match=r"192\.0\.2\.1 cannot be listened on \(.+\)\. .*--host"):
        run(Settings(data=seed_data, host="192.0.2.1", port=0), announce=pytest.fail)


def test_every_string_is_there_in_every_language_with_the_same_blanks() -> None:
    def blanks(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    for field in dataclasses.fields(Strings):
        chinese, english = (getattr(language, field.name) for language in LANGUAGES)
        assert chinese.strip(), field.name
        assert english.strip(), field.name
        assert blanks(chinese) == blanks(english), field.name
        assert field.name == "position" or re.search("[一-鿿]|zh", chinese), field.name
        assert not re.search("[一-鿿]", english), field.name


def test_what_was_searched_for_besides_is_told_once_and_only_then(seed_bot: Bot) -> None:
    mistyped, right = (seed_bot.ask(f"{word}的种群数量是多少") for word in ("朱环", "朱鹮"))
    assert answered_turn("1", mistyped, CHINESE).count("也按“朱鹮”查找") == 1
    assert answered_turn("1", mistyped, ENGLISH).count("Also searched for “朱鹮”") == 1
    assert 'class="also"' not in answered_turn("1", right, CHINESE)


@pytest.mark.parametrize(
    ("preference", "expected"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("zh-TW", CHINESE),
        ("ZH", CHINESE),
        ("en-US,en;q=0.9,zh;q=0.8", ENGLISH),
        ("fr-FR,fr;q=0.9", ENGLISH),
        ("zha", ENGLISH),
        ("", ENGLISH),
        (None, ENGLISH),
    ],
)
def test_the_first_preference_of_the_browser_chooses_the_language(
    preference: str | None, expected: Strings
) -> None:
    assert strings_for(preference) is expected


def test_examples_are_offered_only_where_their_document_is(seed_bot: Bot) -> None:
    documents = seed_bot.documents()
    every = [example["question"] for example in json.loads(asset("examples.json"))]
    assert examples_for(documents) == every
    assert 4 <= len(every) <= 6
    assert sum(question.isascii() for question in every) == 1
    assert examples_for([]) == []
    assert len(examples_for(documents[:1])) == 1


@given(st.text(alphabet="字a<\n\r", max_size=40), st.integers(0, 45), st.integers(0, 45))
def test_the_lines_of_a_document_lose_nothing_and_mark_exactly_the_span(source: str, a: int, b: int) -> None:
    start, end = sorted((a, b))
    lines = list(document_lines(source, start, end))
    assert "".join(line.before + line.marked + line.after for line in lines) == source
    assert "".join(line.marked for line in lines) == source[start:end]
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))


def test_lines_are_numbered_as_in_the_passages(seed_bot: Bot) -> None:
    for hit in seed_bot.search("湖州 保护 生态", k=40):
        source = seed_bot.document(hit.document.id).source
        marks = [
            line.number for line in document_lines(source, hit.passage.start, hit.passage.end) if line.marked
        ]
        assert (marks[0], marks[-1]) == (hit.passage.line_start, hit.passage.line_end)


def made_answer(text: str, mode: str, quote: str = "引文") -> Answer:
    document = DocumentRef("d", "d.txt", "题")
    citation = Citation(1, document, 0, len(quote), 1, 1, quote, quote, ("题", "节"))
    query = Query("问", "问", Language.CHINESE)
    return Answer(query, answered=True, confidence=0.9, text=text, citations=(citation,), hits=(), mode=mode)


def test_brackets_in_quoted_words_are_no_citation() -> None:
    answer = made_answer("见文献[1]。 [1]", "extractive", quote="见文献[1]。")
    assert list(paragraphs(answer, CHINESE)) == [[Piece("见文献[1]。"), Piece("[1]", 1)]]


@pytest.mark.parametrize("strings", LANGUAGES)
def test_a_follow_up_is_shown_as_typed_and_told_as_searched(
    server: str, open_page: OpenPage, strings: Strings
) -> None:
    page = open_page(server, locale=strings.tag)
    ask(page, "京东物流的青流计划有多少商家参与？")
    assert page.locator(".searched-as").count() == 0
    ask(page, "它到2030年的目标是什么？")
    turn = page.locator(".turn").nth(1)
    expect(turn.locator(".question")).to_have_text("它到2030年的目标是什么？")
    written = "京东物流到2030年的目标是什么？"
    expect(turn.locator(".searched-as")).to_have_text(strings.searched_as.format(question=written))
    # Whoever reviews feedback sees a question that says what it is about.
    expect(turn.locator(".feedback")).to_have_attribute("data-question", written)
    ask(page, "蚂蚁森林种下了多少棵树？")
    assert page.locator(".searched-as").count() == 1
    # Another reader's conversation is another one.
    other = open_page(server, locale=strings.tag)
    ask(other, "它到2030年的目标是什么？")
    assert other.locator(".searched-as").count() == 0


def test_written_sentences_stand_in_paragraphs_with_their_citations_and_doubts() -> None:
    doubt = Doubt(DoubtKind.FIGURE, "42")
    sentences = (
        WrittenSentence("甲[2]。", 0, Support.SUPPORTED, (1,)),
        WrittenSentence("乙。", 0, Support.UNSUPPORTED, (), (doubt,)),
        WrittenSentence("丙。", 1, Support.UNCITED),
    )
    answer = dataclasses.replace(made_answer("", "llm"), sentences=sentences, notice="有一点<b>")
    assert list(paragraphs(answer, CHINESE)) == [
        [Piece("甲[2]。"), Piece("[1]", 1), Piece("乙。", doubt=CHINESE.unsupported.format(parts="42"))],
        [Piece("丙。")],
    ]
    html = answered_turn("turn", answer, CHINESE)
    assert '<p class="also notice">有一点&lt;b&gt;</p>' in html
    assert '<span class="words unsupported">乙。</span>' in html
    assert html.count("unsupported") == 1


def test_what_is_all_but_certain_is_not_shown_as_certain() -> None:
    answer = dataclasses.replace(made_answer("", "extractive"), confidence=0.9999)
    assert ENGLISH.confidence.format(percent=99) in answered_turn("turn", answer, ENGLISH)


def test_a_passage_names_the_copies_that_it_stands_for(bot_over: Callable[..., Bot]) -> None:
    bot = bot_over({"a.txt": "河长每周巡查一次河道。", "b.txt": "河长每周巡查一次河道。"})
    html = answered_turn("turn", bot.ask("河长多久巡查一次？"), CHINESE)
    assert f"<dt>{CHINESE.also_in}</dt><dd>b.txt, {CHINESE.line.format(start=1, end=1)}</dd>" in html


def test_a_card_names_the_section_below_the_title() -> None:
    html = answered_turn("turn", made_answer("", "extractive"), ENGLISH)
    assert '<bdi class="section">节</bdi>' in html


# -- feedback ---------------------------------------------------------------------------------------

SEED = Path(__file__).resolve().parents[2] / "seeds" / "documents" / "000_c56aa1a4d90bb668.txt"


def seed_file() -> dict[str, str | bytes]:
    """One seed document: what readers say in a test is kept beside a collection of its own."""
    return {SEED.name: SEED.read_bytes()}


def kept_feedback(tmp_path: Path) -> FeedbackStore:
    return FeedbackStore(tmp_path / "data" / "default")


def test_a_thumb_down_and_its_comment_land_in_the_review_file(
    server_over: Callable[..., str], open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "shipped_calibration", never_refusing)
    page = open_page(server_over(seed_file()), viewport={"width": 1440, "height": 900})
    ask(page, QUESTION)
    turn = page.locator(".turn")
    up = turn.get_by_role("button", name=CHINESE.helpful, exact=True)
    down = turn.get_by_role("button", name=CHINESE.unhelpful, exact=True)
    field = turn.get_by_role("textbox", name=CHINESE.comment)
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(field).to_be_hidden()

    # By keyboard, and noted where it stands.
    before = down.bounding_box()
    down.focus()
    page.keyboard.press("Enter")
    expect(turn.locator(".rating .told")).to_have_text(CHINESE.noted)
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(up).to_have_attribute("aria-pressed", "false")
    expect(down).to_be_focused()
    assert down.bounding_box() == before
    for button in (up, down):
        expect(button).to_have_attribute("aria-disabled", "true")
        button.click(force=True)

    # An empty comment is none; the next one is sent by the Enter key.
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.type("  ")
    page.keyboard.press("Enter")
    expect(field).to_be_editable()
    field.fill("  应当说到<b>朱鹮</b> ")
    page.keyboard.press("Enter")
    expect(turn.locator(".comment button")).to_have_text(CHINESE.noted)
    expect(field).not_to_be_editable()
    page.keyboard.press("Enter")

    rating, comment = kept_feedback(tmp_path).pending()
    assert (rating.question, rating.rating, rating.comment, rating.passages) == (
        QUESTION,
        Rating.DOWN,
        "",
        (),
    )
    assert (comment.question, comment.rating, comment.comment) == (QUESTION, None, "应当说到<b>朱鹮</b>")


def test_the_right_passage_lands_in_the_review_file_with_its_exact_quote(
    server_over: Callable[..., str], open_page: OpenPage, tmp_path: Path
) -> None:
    server = server_over(seed_file())
    page = open_page(server, viewport={"width": 1440, "height": 900})
    ask(page, QUESTION)
    turn = page.locator(".turn")
    quote = api_answer(page, server, QUESTION)["passages"][1]["quote"]
    # The button lies above the one that opens the place, which still covers the rest of the card.
    turn.locator(".passages > summary").click()
    card = turn.locator(".passages .card").nth(1)
    right = card.get_by_role("button", name=CHINESE.right_passage)
    right.scroll_into_view_if_needed()
    before = card.bounding_box(), right.bounding_box()
    right.click()
    noted = card.get_by_role("button", name=CHINESE.noted)
    expect(noted).to_have_attribute("aria-disabled", "true")
    assert (card.bounding_box(), noted.bounding_box()) == before
    noted.click(force=True)
    expect(page.locator("dialog")).to_be_hidden()
    card.click(position={"x": 300, "y": 60})
    expect(page.locator("dialog mark").first).to_be_in_viewport()

    (kept,) = kept_feedback(tmp_path).pending()
    assert (kept.question, kept.rating, kept.comment) == (QUESTION, None, "")
    (passage,) = kept.passages
    assert (passage.path, passage.quote) == (SEED.name, quote)
    assert SEED.read_text(encoding="utf-8")[passage.start : passage.end] == quote


def test_a_refusal_takes_feedback_too_and_a_phone_holds_it_all(
    server_over: Callable[..., str], open_page: OpenPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.bot, "shipped_calibration", refusing)
    page = open_page(
        server_over(seed_file()),
        locale="en",
        viewport=PHONE,
        is_mobile=True,
        has_touch=True,
        color_scheme="dark",
    )
    question = f"红烧肉怎么做？{HOSTILE_MARKUP}"
    ask(page, question)
    turn = page.locator(".turn.refused")
    turn.locator(".right button").first.tap()
    expect(turn.locator(".right button").first).to_contain_text(ENGLISH.noted)
    turn.get_by_role("button", name=ENGLISH.unhelpful, exact=True).tap()
    field = turn.get_by_role("textbox", name=ENGLISH.comment)
    expect(field).to_be_in_viewport()
    field.fill("W" * (MAX_COMMENT + 10))
    turn.get_by_role("button", name=ENGLISH.send_comment).tap()
    expect(field).not_to_be_editable()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    assert page.evaluate("window.pwned") is None
    assert page.locator("#conversation").locator("script, img, svg, a").count() == 0
    passage, rating, comment = kept_feedback(tmp_path).all()
    assert {each.question for each in (rating, comment, passage)} == {question}
    assert comment.comment == "W" * MAX_COMMENT
    assert len(passage.passages) == 1


def test_an_up_needs_no_comment_and_a_failed_turn_offers_no_feedback(
    server_over: Callable[..., str], open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(server_over(seed_file()))
    ask(page, QUESTION)
    turn = page.locator(".turn").first
    turn.locator(".up").click()
    expect(turn.locator(".up")).to_have_attribute("aria-pressed", "true")
    expect(turn.locator("form.comment")).to_be_hidden()

    def break_down() -> Calibration:
        raise ZeroDivisionError

    monkeypatch.setattr(qa.bot, "shipped_calibration", break_down)
    ask(page, QUESTION)
    expect(page.locator(".turn.failed")).to_have_count(1)
    expect(page.locator(".turn.failed button")).to_have_count(0)


def test_feedback_that_is_not_kept_is_told_in_a_sentence_and_can_be_given_again(
    server_over: Callable[..., str],
    open_page: OpenPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise FeedbackError("secret detail", "Mend it.")

    page = open_page(server_over(seed_file()))
    ask(page, QUESTION)
    turn = page.locator(".turn")
    with monkeypatch.context() as patched:
        patched.setattr(Bot, "record_feedback", full)
        turn.locator(".down").click()
        expect(turn.locator(".rating .told")).to_have_text(CHINESE.not_noted)
    expect(turn.locator(".down")).to_have_attribute("aria-pressed", "false")
    expect(turn.locator("form.comment")).to_be_hidden()
    assert "secret detail" not in page.content()
    assert "secret detail" in caplog.text

    # A reply that is none, as from a server that has gone.
    page.route(
        "**/component_server/**", lambda route: route.fulfill(body="null", content_type="application/json")
    )
    turn.locator(".down").click()
    expect(turn.locator(".rating .told")).to_have_text(CHINESE.unreachable)
    page.unroute("**/component_server/**")
    turn.locator(".down").click()
    expect(turn.locator(".rating .told")).to_have_text(CHINESE.noted)

    # A passage that is no longer what the reader was shown is not taken for it.
    page.locator(".passages > summary").click()
    card = turn.locator(".passages .card").first
    known = json.loads(card.locator(".place").get_attribute("data-place") or "")
    for changed, sentence in (
        ({"end": known["end"] - 1}, CHINESE.place_moved),
        ({"document": "none"}, CHINESE.place_gone),
        ({"start": -1}, CHINESE.not_noted),
    ):
        card.locator(".place").evaluate(
            "(place, to) => { place.dataset.place = to }", json.dumps(known | changed)
        )
        card.locator("[data-right]").click()
        expect(card.locator(".told")).to_have_text(sentence)
    assert len(kept_feedback(tmp_path).all()) == 1


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "up",
        {},
        {"question": "谁？"},
        {"question": "", "rating": "up"},
        {"question": "？！", "rating": "up"},
        {"question": "长" * (MAX_CHARACTERS + 1), "rating": "up"},
        {"question": "谁？", "rating": "sideways"},
        {"question": "谁？", "comment": "长" * (MAX_COMMENT + 1)},
        {"question": "谁？", "comment": ["x"]},
        {"question": "谁？", "rating": "up", "collection": "other"},
        {"question": "谁？", "place": {"document": "none"}},
        {"question": "谁？", "place": "all"},
    ],
)
def test_feedback_that_the_page_cannot_have_sent_is_not_kept(
    bot_over: Callable[[dict[str, str | bytes]], Bot], tmp_path: Path, given: Any
) -> None:
    handlers = Handlers(bot_over({"a.txt": "蓝鲸站站长是张三。"}), "default")
    request = SimpleNamespace(headers={"accept-language": "en"})
    reply = handlers.give_feedback(given, request)
    assert reply == {"noted": False, "sentence": ENGLISH.not_noted}
    assert kept_feedback(tmp_path).all() == []
