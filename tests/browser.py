"""Shared by the tests that need a real browser: a headless Chromium, or the reason why there is
none here.
"""

import importlib.util
import os
import re
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: names that the browser takes for this machine's; the first is a stranger's
MAPPED = ("evil.example", "lab.example")
LOCAL = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost|lab\.example)[:/]|^(data|blob):")


@contextmanager
def chromium():
    """A browser of playwright's; the test is skipped with a message where Chromium or playwright is
    missing.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None or importlib.util.find_spec("playwright") is None:
        pytest.skip(
            "no chromium or no playwright here: nothing is opened in a browser (Debian: apt install"
            " chromium)"
        )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        rules = ", ".join(f"MAP {name} 127.0.0.1" for name in MAPPED)
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[*root, "--disable-gpu", f"--host-resolver-rules={rules}"],
        )
        yield browser
        browser.close()


class Watched:
    """A page of which every complaint is kept: errors on its console, exceptions, and requests to
    elsewhere.
    """

    def __init__(self, context, size=(1300, 1150)):
        self.complaints = []
        self.watch(context.new_page())
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def watch(self, page):
        self.page = page
        page.on(
            "console", lambda one: self.complaints.append(one.text) if one.type == "error" else None
        )
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "request",
            lambda one: None if LOCAL.match(one.url) else self.complaints.append(f"asks {one.url}"),
        )
        page.on(
            "response",
            lambda one: (
                self.complaints.append(f"{one.status} {one.url}") if one.status > 399 else None
            ),
        )

    def open(self, address):
        """Go to a page of bokeh's and wait until it is drawn."""
        self.page.goto(address)
        self.wait("window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle")
        return self

    def wait(self, condition, seconds=30):
        """Wait for a condition of JavaScript's, with `named` for models of the page by name."""
        self.page.wait_for_function(
            f"() => {{ {NAMED} return {condition} }}", timeout=1000 * seconds
        )

    def get(self, expression):
        """The value of an expression, with `named` for models of the page by name."""
        return self.page.evaluate(f"() => {{ {NAMED} return {expression} }}")

    def text(self):
        """All that can be read on the page, spaces as one: panel's widgets are in shadow trees."""
        return re.sub(r"\s+", " ", self.page.evaluate(TEXT)).strip()

    def box(self, name):
        """(x, y, width, height) in pixels of a figure, by its name."""
        return self.get(
            f"((r) => [r.x, r.y, r.width, r.height])(Bokeh.index.find_one(named('{name}'))"
            ".el.getBoundingClientRect())"
        )


NAMED = "const named = (name) => Bokeh.documents[0].get_model_by_name(name);"
TEXT = """() => { const seen = (node) => [...node.childNodes].map(one =>
    one.nodeType == 3 ? one.textContent : one.nodeType != 1
    || ["STYLE", "SCRIPT"].includes(one.tagName) ? "" :
    one.offsetParent === null && getComputedStyle(one).display == "none" ? "" :
    (one.shadowRoot ? seen(one.shadowRoot) : "") + seen(one) + " ").join("");
    return seen(document.body) }"""
