"""How the page looks: Gradio's theme brought down to ours, and our own style sheet."""

from ui.page.gradio import gr
from ui.page.templating import asset

_FONTS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "sans-serif",
)

# Named fonts only: Gradio's own choice would be loaded from files.
THEME = gr.themes.Base(font=_FONTS, font_mono=("ui-monospace", "Menlo", "Consolas", "monospace")).set(
    body_background_fill="#faf8f5",
    body_background_fill_dark="#191817",
    body_text_color="#23211f",
    body_text_color_dark="#e8e4de",
)

HEAD = f"<style>{asset('page.css')}</style><script>{asset('head.js')}</script>"
