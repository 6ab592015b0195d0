"""The arrow in the plane against torch's, Keras' and the engine's own clipping."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import json
import math
import random

import keras
import numpy as np
import pytest
import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from core.charts.base.look import COLOURS
from core.charts.names.beside_points import Names, meet
from core.engine.clipping import clip_gradients
from core.labs.clip_arrow import chart
from core.labs.clip_arrow import view as clipping_lab
from core.labs.clip_arrow.model import Arrow, angle, by_norm, by_value
from core.labs.clip_arrow.view import ARROW, Plane, sentences
from core.text import load
from tests.factories import spec_of

ARROWS = [(3.0, 0.8), (-3.0, 0.8), (0.3, -2.9), (1.0, 1.0), (0.5, 0.5), (0.0, 2.0), (-3.0, -3.0)]
CLIPS = [0.1, 1.0, 2.5]
RULES = {"value": by_value, "norm": by_norm}
KERAS = {"value": "clipvalue", "norm": "global_clipnorm"}


def torchs(entries, method, clip):
    parameter = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    parameter.grad = torch.tensor(entries, dtype=torch.float64)
    (clip_grad_value_ if method == "value" else clip_grad_norm_)([parameter], clip)
    return parameter.grad.tolist()


@pytest.mark.parametrize("method", RULES)
@pytest.mark.parametrize("clip", CLIPS)
@pytest.mark.parametrize("entries", ARROWS)
def test_an_arrow_is_clipped_as_torch_keras_and_the_engine_do(entries, clip, method):
    ours = RULES[method](Arrow(*entries), clip)
    assert [ours.x, ours.y] == pytest.approx(torchs(entries, method, clip), rel=2e-6)
    gradient = torch.tensor([entries])
    kerass = keras.optimizers.SGD(**{KERAS[method]: clip})._clip_gradients([gradient[0]])[0]
    assert [ours.x, ours.y] == pytest.approx(np.asarray(kerass).tolist(), rel=2e-6)
    (clipped,), _ = clip_gradients([gradient], [gradient], method, clip)
    assert [ours.x, ours.y] == pytest.approx(clipped[0].tolist(), rel=2e-6)


def test_angles_are_numpys():
    rng = random.Random(1)
    for _ in range(200):
        a, b = (Arrow(rng.uniform(-3, 3), rng.uniform(-3, 3)) for _ in range(2))
        u, v = np.array([a.x, a.y]), np.array([b.x, b.y])
        cosine = np.dot(u, v) / np.linalg.norm(u) / np.linalg.norm(v)
        assert abs(angle(a, b)) == pytest.approx(math.degrees(math.acos(cosine)), abs=1e-5)
        assert angle(a, b) == pytest.approx(-angle(b, a))
    assert angle(Arrow(1, 0), Arrow(0, 1)) == pytest.approx(90)
    assert angle(Arrow(0, 0), Arrow(1, 1)) == 0


def test_by_value_turns_by_less_than_45_degrees_in_the_plane_and_almost_90_beyond_it():
    rng = np.random.default_rng(1)
    for x, y in 10 ** rng.uniform(-3, 6, (2000, 2)):
        assert abs(angle(Arrow(x, y), by_value(Arrow(x, y), 1.0))) < 45
    many = torch.ones(1, 80_000, dtype=torch.float64)
    many[0, 0] = 1e9
    (clipped,), _ = clip_gradients([many], [many], "value", 1.0)
    cosine = float((many * clipped).sum() / many.norm() / clipped.norm())
    assert 89 < math.degrees(math.acos(cosine)) < 90


def test_by_norm_keeps_the_direction_and_has_exactly_the_threshold():
    for x, y in ARROWS:
        clipped = by_norm(Arrow(x, y), 0.5)
        assert clipped.length == pytest.approx(0.5, rel=1e-12)
        assert angle(Arrow(x, y), clipped) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    "written",
    ["", "1", "1,2", "1,2,3,4", "nan,1,1", "inf,0,1", "a,b,c", "9,0,1", "1,1,0", "1,1,-1"],
)
def test_a_link_that_cannot_be_read_is_told(written):
    assert ARROW.read(written) == (Plane(), False)


def test_a_link_is_read_back():
    assert ARROW.read(None) == (Plane(), True)
    for plane in (Plane(), Plane(-1.5, 2.5, 1.2), Plane(0.0, 0.0, 3.0), Plane(-3.0, -0.1, 0.1)):
        assert ARROW.read(ARROW.write(plane)) == (plane, True)
    assert ARROW.read("১.৫,-০.২,২") == (Plane(1.5, -0.2, 2.0), True)
    assert ARROW.write(ARROW.read("-0.01,0,1")[0]) == "0,0,1"


@pytest.mark.parametrize("language", ["en", "bn"])
def test_every_arrow_is_drawn_and_told(language):
    text = load(language)
    options = clipping_lab.OPTIONS
    rng = random.Random(2)
    planes = [Plane(*(rng.choice(options[name]) for name in ("x", "y", "clip"))) for _ in range(60)]
    for plane in [*planes, Plane(0.0, 0.0), Plane(3.0, 0.0), Plane(0.0, -3.0), Plane(2.0, 2.0)]:
        said = sentences(plane, text)
        assert len(said) >= 2
        assert not any("{" in each for each in [*said, clipping_lab._alt(plane, text)])
        rows = chart.frame(plane.arrow, plane.clip, text)
        assert np.isfinite(rows.select_dtypes("number").to_numpy(float)).all()
        assert set(rows["series"]) <= set(COLOURS)
        names = " ".join(rows[rows["kind"] == "label"]["text"])
        assert all(text(f"keras_example.arrow.name.{n}") in names for n in ("before", "value"))


def test_the_first_arrow_says_what_the_document_says():
    said = " ".join(sentences(Plane(), load("en")))
    assert "(1, 0.8): turned by **24°**, length 1.28" in said
    assert "the same direction, length exactly 1" in said
    inside = sentences(Plane(0.5, 0.5, 1.0), load("en"))
    assert inside[1] == load("en")("keras_example.arrow.nothing")
    kept = sentences(Plane(0.9, 0.9, 1.0), load("en"))
    assert kept[1] == load("en")("keras_example.arrow.value_same", clip=1.0)


def test_the_specification_knows_no_arrow():
    text = load("en")
    first = json.dumps(spec_of(chart.build, text))
    chart.frame(Arrow(1, 2), 0.5, text)
    assert json.dumps(spec_of(chart.build, text)) == first
    assert '"data"' not in first


def test_names_of_arrows_never_meet_and_stay_in_the_plane(monkeypatch):
    text, made = load("bn"), []
    monkeypatch.setattr(chart, "Names", lambda *plot: made.append(Names(*plot)) or made[-1])
    for clip in clipping_lab.OPTIONS["clip"]:
        for plane in (Plane(3.0, 0.8, clip), Plane(-3.0, -0.8, clip), Plane(0.3, 2.9, clip)):
            chart.frame(plane.arrow, plane.clip, text)
            boxes = made[-1].taken
            assert not any(meet(a, b, 0) for a in boxes for b in boxes if a is not b), plane
            side = 2 * chart.EDGE * chart.PIXELS
            assert all(-1e-9 <= edge <= side + 1e-9 for box in boxes for edge in box), plane
