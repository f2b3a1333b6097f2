"""The Gradio frame around the stage, and how it is mounted with its traps closed."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from demo import texts
from demo.examples_shipped import Example
from demo.picker_files import picker_setup
from demo.settings import Settings
from demo.web import STATIC_FILES, address

# Fonts of the system only: a named web font would be fetched from another host.
SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO_FONTS = ["ui-monospace", "SFMono-Regular", "Menlo", "monospace"]

# The bundle builds the stage inside `element`; the template holds nothing that is rendered again.
ON_LOAD = """
import(new URL("{script}", document.baseURI).href)
    .then((stage) => stage.mount(element, props.setup));
"""


class SystemFont(gr.themes.Font):
    """A font that is there already, so no stylesheet is asked for."""

    def stylesheet(self) -> dict[str, None]:
        return {"url": None, "css": None}


def build_blocks(settings: Settings, examples: dict[str, Example]) -> gr.Blocks:
    """The page: title, stage, and a closed note on how it works."""
    with gr.Blocks(title=texts.TITLE, analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(
            html_template=f"<h1>{texts.TITLE}</h1><p>{texts.SUBTITLE}</p>",
            js_on_load=None,
            apply_default_css=False,
            elem_id="iph-header",
        )
        gr.HTML(
            html_template=f"<div class='iph'><noscript>{texts.PAGE['no_script']}</noscript></div>",
            js_on_load=ON_LOAD.replace("{script}", address("stage.js")),
            apply_default_css=False,
            elem_id="iph-stage",
            setup=page_setup(settings, examples),
        )
        with gr.Accordion(texts.HOW_IT_WORKS_TITLE, open=False, elem_id="iph-how"):
            gr.Markdown(how_it_works(settings))
    blocks.queue(api_open=False, max_size=settings.waiting, default_concurrency_limit=1)
    return blocks


def how_it_works(settings: Settings) -> str:
    return texts.HOW_IT_WORKS.format(minutes=settings.session_minutes, days=settings.share_days)


def page_setup(settings: Settings, examples: dict[str, Example]) -> dict[str, Any]:
    """What the stage is told at the start: texts, limits, examples."""
    return {
        "texts": texts.PAGE,
        "megabytes": settings.max_upload_mb,
        "share_days": settings.share_days,
        "picker": picker_setup(),
        "examples": [
            {
                "name": example.name,
                "title": example.title,
                "thumbnail": f"iph/examples/{example.name}/thumbnail.jpg",
            }
            for example in examples.values()
        ],
    }


def theme() -> gr.themes.Base:
    return gr.themes.Base(
        font=[SystemFont(name) for name in SYSTEM_FONTS],
        font_mono=[SystemFont(name) for name in MONO_FONTS],
    )


def mount(app: FastAPI, blocks: gr.Blocks, **options: Any) -> None:
    """Mount with everything off that a public page must not have."""
    gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        show_error=False,
        enable_monitoring=False,
        run_history=False,
        footer_links=[],
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        allowed_paths=[],
        max_file_size="1mb",
        **options,
    )
    # Without this Gradio takes any path of this machine from a client (its _check_allowed).
    blocks.has_launched = True


def mount_page(app: FastAPI, settings: Settings, examples: dict[str, Example]) -> None:
    mount(
        app,
        build_blocks(settings, examples),
        theme=theme(),
        favicon_path=str(STATIC_FILES["icon.svg"]),
        head=f'<link rel="stylesheet" href="{address("stage.css")}">',
    )
