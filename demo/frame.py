"""The Gradio frame around the stage, and how it is mounted with its traps closed."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import FastAPI

from demo import pwa, texts
from demo.examples_shipped import Example
from demo.picker_files import picker_setup
from demo.settings import Settings
from demo.web import STATIC_FILES, address

# Fonts of the system only: a named web font would be fetched from another host.
SYSTEM_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
MONO_FONTS = ["ui-monospace", "SFMono-Regular", "Menlo", "monospace"]

# The bundle builds the page inside `element`; the template holds nothing that is rendered again.
# Where one of its two parts does not come, it says so by itself.
ON_LOAD = """
const at = (path) => new URL(path, document.baseURI).href;
const patiently = async (step) => {
    for (const [tries, wait] of [500, 1500, 4000].entries()) {
        try {
            return await step(tries);
        } catch {
            await new Promise((done) => setTimeout(done, wait));
        }
    }
    return step("last");
};
// Browsers remember that a script did not come: the next try asks for it by another name.
const script = (tries) => import(at("{script}") + (tries ? `&again=${tries}` : ""));
const texts = async () => {
    const answer = await fetch(at("iph/texts"));
    if (!answer.ok) throw new Error(`iph/texts answered ${answer.status}`);
    return answer.json();
};
const { broken, ...setup } = props.setup;
const giveUp = (error) => {
    console.error(error);
    const language = navigator.languages.map((it) => it.split("-")[0]).find((it) => broken[it]);
    const { sentence, again } = broken[language ?? "en"];
    const text = document.createElement("p");
    const button = document.createElement("button");
    text.textContent = sentence;
    text.setAttribute("role", "alert");
    button.textContent = again;
    button.onclick = () => location.reload();
    element.querySelector(".iph").replaceChildren(text, button);
};
Promise.all([patiently(script), patiently(texts)])
    .then(([page, spoken]) => page.mount(element, { ...setup, ...spoken }))
    .catch(giveUp);
"""


class SystemFont(gr.themes.Font):
    """A font that is there already, so no stylesheet is asked for."""

    def stylesheet(self) -> dict[str, None]:
        return {"url": None, "css": None}


def build_blocks(settings: Settings, examples: dict[str, Example]) -> gr.Blocks:
    """The page, one element. All that people read in it comes with its script's texts."""
    english = texts.LANGUAGES[texts.ENGLISH]["PAGE"]
    with gr.Blocks(title=english["title"], analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(
            html_template="<div class='iph'></div>",
            js_on_load=ON_LOAD.replace("{script}", address("stage.js")),
            apply_default_css=False,
            elem_id="iph-stage",
            setup=page_setup(settings, examples),
        )
    blocks.queue(api_open=False, max_size=settings.waiting, default_concurrency_limit=1)
    return blocks


def page_setup(settings: Settings, examples: dict[str, Example]) -> dict[str, Any]:
    """What the page is told at the start: limits, examples, and what to say if it cannot start."""
    return {
        "megabytes": settings.max_upload_mb,
        "minutes": settings.session_minutes,
        "share_days": settings.share_days,
        "broken": {
            code: {"sentence": tables["APP"]["broken"], "again": tables["APP"]["broken_again"]}
            for code, tables in texts.LANGUAGES.items()
        },
        "picker": picker_setup(),
        "examples": [
            {"name": name, "thumbnail": f"iph/examples/{name}/thumbnail.jpg"} for name in examples
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
        head=f'<link rel="stylesheet" href="{address("stage.css")}">{pwa.head()}',
    )
