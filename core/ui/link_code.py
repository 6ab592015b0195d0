"""The current link as a QR code, made only for who asks: to show, and to take home."""

import io
from urllib.parse import urlencode

import segno
import streamlit as st

from core.text import Text

FILE = "exploding_gradient_link"
QUIET = 4
"""The empty border that the standard asks for, in modules."""
PIXELS = 1200
"""About so wide is the picture to take home."""


def link() -> str:
    """The page's address with everything that it says."""
    query = urlencode(st.query_params.to_dict())
    return f"{st.context.url}{'?' if query else ''}{query}"


def code(address: str) -> segno.QRCode:
    """Error correction as much as fits into the smallest symbol: the fewer modules, the farther it reads."""
    return segno.make_qr(address, error="l", boost_error=True)


def as_svg(made: segno.QRCode) -> bytes:
    """Black on white in both themes, without a size of its own."""
    out = io.BytesIO()
    made.save(out, kind="svg", border=QUIET, light="#fff", omitsize=True)
    return out.getvalue()


def as_png(made: segno.QRCode) -> bytes:
    """At whole pixels a module."""
    out = io.BytesIO()
    wide = made.symbol_size(border=QUIET)[0]
    made.save(out, kind="png", scale=max(PIXELS // wide, 1), border=QUIET)
    return out.getvalue()


def show(text: Text) -> None:
    """The code, the address under it, and both files; `q` shows it on the whole screen."""
    address = link()
    made = code(address)
    drawn = as_svg(made)
    with st.container(key="qr-code"):
        st.image(drawn.decode("utf-8"), width="stretch")
        st.code(address, language=None, wrap_lines=True)
    with st.container(horizontal=True, key="qr-files"):
        for kind, data in (("PNG", as_png(made)), ("SVG", drawn)):
            st.download_button(
                text("ui.lecture.download", kind=kind),
                data,
                f"{FILE}.{kind.lower()}",
                key=f"download-qr-{kind}",
                on_click="ignore",
                icon=":material/download:",
            )
