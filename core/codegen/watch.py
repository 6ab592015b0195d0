"""The watch for a training of one's own: one file, which is text here and code there."""

from core.codegen.fragments import TEMPLATES


def gradient_watch() -> str:
    """`gradient_watch.py`: GradientWatch for PyTorch, GradientWatchCallback for Keras; needs nothing but these."""
    return (TEMPLATES / "gradient_watch.py.txt").read_text("utf-8")
