"""The watch for a training of one's own: one file, which is text here and code there."""

from core.codegen.fragments import TEMPLATES

WATCHED = {
    "keras": """\
from gradient_watch import GradientWatchCallback

watch = GradientWatchCallback(csv="run.csv")
model.fit(x, y, callbacks=[watch])""",
    "pytorch": """\
from gradient_watch import GradientWatch

watch = GradientWatch(model, csv="run.csv")  # once
loss.backward()
watch.step(loss, optimizer)  # before any clipping
optimizer.step()""",
}
"""How it is used, by library."""


def gradient_watch() -> str:
    """`gradient_watch.py`: GradientWatch for PyTorch, GradientWatchCallback for Keras; needs nothing but these."""
    return (TEMPLATES / "gradient_watch.py.txt").read_text("utf-8")
