"""The page put together from Gradio's blocks."""

from dataclasses import asdict
from typing import Any

from qa.bot import Bot
from ui.page.feedback import Reply
from ui.page.gradio import gr
from ui.page.handlers import Handlers
from ui.page.templating import asset, render
from ui.strings import CHINESE, ENGLISH, LANGUAGES

WORDS = gr.I18n(
    **{"en": asdict(ENGLISH), "zh": asdict(CHINESE), "zh-CN": asdict(CHINESE), "zh-TW": asdict(CHINESE)}
)
"""The same words for what Gradio itself translates in the browser."""

_MOST_ASKING = 8
_MOST_WAITING = 256


def build_page(bot: Bot, collection: str) -> gr.Blocks:
    """The chat page over one collection of a bot."""
    handlers = Handlers(bot, collection)

    # Gradio marks the functions that the browser may call, and a method cannot be marked.
    def open_document(place: dict[str, Any], request: gr.Request) -> str:
        return handlers.open_document(place, request)

    def give_feedback(given: dict[str, Any], request: gr.Request) -> Reply:
        return handlers.give_feedback(given, request)

    page: gr.Blocks
    with gr.Blocks(title="引据 Yinju", analytics_enabled=False, fill_width=True) as page:
        gr.HTML(render("header.html", languages=LANGUAGES), elem_id="masthead", apply_default_css=False)
        welcome = gr.HTML(elem_id="welcome", js_on_load=asset("welcome.js"), apply_default_css=False)
        conversation = gr.HTML(
            "",
            # The template does not hold the value: conversation.js appends it.
            html_template=render("conversation.html", languages=LANGUAGES),
            js_on_load=asset("conversation.js") + asset("feedback.js"),
            server_functions=[open_document, give_feedback],
            elem_id="conversation",
            apply_default_css=False,
        )
        with gr.Column(elem_id="composer"):
            notice = gr.HTML("", elem_id="notice", apply_default_css=False)
            with gr.Row(elem_id="ask"):
                question = gr.Textbox(
                    label=WORDS("question"),
                    placeholder=WORDS("placeholder"),
                    lines=1,
                    max_lines=8,
                    show_label=False,
                    container=False,
                    autofocus=True,
                    scale=1,
                    elem_id="question",
                )
                send = gr.Button(WORDS("send"), variant="primary", scale=0, elem_id="send")
        history = gr.State([])
        outputs = [question, conversation, notice, history]
        gr.on(
            [question.submit, send.click],
            handlers.ask,
            inputs=[question, history],
            outputs=outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        welcome.click(
            handlers.ask_example,
            inputs=[history],
            outputs=outputs,
            show_progress="hidden",
            api_visibility="private",
        )
        page.load(handlers.welcome, outputs=[welcome], show_progress="hidden", api_visibility="private")
    page.queue(default_concurrency_limit=_MOST_ASKING, max_size=_MOST_WAITING)
    return page
