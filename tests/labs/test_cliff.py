"""The cliff of Pascanu et al.: its gradient, its drawn surface, and the two descents from its edge."""

import math
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch
from streamlit.dataframe_util import convert_anything_to_arrow_bytes
from streamlit.testing.v1 import AppTest

from core.labs.cliff import chart as charts
from core.labs.cliff.model import (
    B_RANGE,
    H0,
    TARGET,
    TIME_STEPS,
    UPDATES,
    W_RANGE,
    along_b,
    descend,
    edge,
    inside,
    look,
    surface,
    wall,
    within,
)
from core.labs.cliff.view import CLIFF, CLIPS, LRS, Descent, sentences
from core.text import load
from core.ui.frame import PAGES

ROOT = Path(__file__).parent.parent.parent
POINTS = [(5.0, edge(5.0)), (4.0, -2.0), (3.3, -1.2), (6.5, -2.0), (4.5, -3.5), (-6.0, 3.0)]
DEFAULT = Descent()


def by_autograd(w, b):
    """Loss and gradient of the same RNN by torch, in float64."""
    weights = torch.tensor([w, b], dtype=torch.float64, requires_grad=True)
    h = torch.sigmoid(torch.tensor(0.5, dtype=torch.float64))
    for _ in range(TIME_STEPS):
        h = torch.sigmoid(weights[0] * h + weights[1])
    loss = (h - TARGET) ** 2
    (gradient,) = torch.autograd.grad(loss, weights)
    return loss.item(), gradient.numpy()


def test_gradient_norm_at_the_cliff():
    assert float(look(5.0, 0.5 - 5 / (1 + math.exp(-0.5))).norm) == pytest.approx(779.4, rel=1e-3)


@pytest.mark.parametrize("w", [4.3, 5.0, 6.0])
def test_gradient_on_the_edge_is_a_geometric_series(w):
    """There h stays at h_0, every factor is λ = w h_0 (1 - h_0), and ∂h_50/∂b = h_0 (1 - h_0) (λ⁵⁰ - 1) / (λ - 1)."""
    slope = H0 * (1 - H0)
    series = slope * ((w * slope) ** TIME_STEPS - 1) / (w * slope - 1)
    expected = 2 * abs(H0 - TARGET) * series * math.hypot(H0, 1)
    assert float(look(w, edge(w)).norm) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(("w", "b"), POINTS)
def test_loss_and_gradient_are_autograds(w, b):
    here = look(w, b)
    loss, (along_w, along_b_) = by_autograd(w, b)
    assert float(here.loss) == pytest.approx(loss, rel=1e-9)
    assert float(here.along_w) == pytest.approx(along_w, rel=1e-7)
    assert float(here.along_b) == pytest.approx(along_b_, rel=1e-7)


def test_gradient_is_the_difference_quotient_and_float32_does_not_find_it():
    w, b, step = 5.0, edge(5.0), 1e-9
    quotient = (look(w, b + step).loss - look(w, b - step).loss) / (2 * step)
    assert float(look(w, b).along_b) == pytest.approx(float(quotient), rel=1e-4)
    assert float(look(w, float(np.float32(b))).norm) != pytest.approx(779.4, rel=1e-3)


def test_cells_cover_the_picture_once_and_are_few():
    cells = surface()
    area = (W_RANGE[1] - W_RANGE[0]) * (B_RANGE[1] - B_RANGE[0])
    assert len(cells.loss) <= 4000
    assert (cells.width * cells.height).sum() == pytest.approx(area)
    points = np.random.default_rng(0).uniform(*zip(W_RANGE, B_RANGE, strict=True), (300, 2))
    for w, b in points:
        holds = (cells.w <= w) & (w < cells.w + cells.width)
        holds &= (cells.b <= b) & (b < cells.b + cells.height)
        assert holds.sum() == 1


@pytest.mark.parametrize("w", [4.6, 5.0, 5.5, 6.0, 6.5, 6.9])
def test_drawn_surface_shows_the_step_between_its_plateaus(w):
    """On the frame as it is sent: small cells at the wall, and two losses that differ right beside it."""
    cells = charts.frames(surface(), descend(*POINTS[0], 0.2, 0.5), load("en"))["cells"]
    column = cells[(cells.x <= w) & (w < cells.x2)].sort_values("y")
    near = column[(column.y2 > edge(w) - 0.04) & (column.y < edge(w) + 0.04)]
    assert (near.y2 - near.y).min() <= (B_RANGE[1] - B_RANGE[0]) / 24 / 8
    assert near.loss.max() - near.loss.min() > 0.25
    below, above = column[column.y2 < edge(w) - 0.02], column[column.y > edge(w) + 0.02]
    assert below.loss.min() > above.loss.max()


def test_a_plain_grid_has_no_point_on_the_wall():
    w, b = np.meshgrid(np.linspace(*W_RANGE, 64), np.linspace(*B_RANGE, 64))
    right = w > 5
    assert look(w, b).norm[right].max() < 1 < float(look(5.5, wall(5.5)).norm) / 1e5


@pytest.mark.parametrize("zoom", [1, 100, 10**4])
@pytest.mark.parametrize("w", [3.0, 4.2, 5.0, 7.0])
def test_slice_is_resolved(w, zoom):
    middle = wall(w)
    b, place = along_b(w, middle - 1.5 / zoom, middle + 1.5 / zoom)
    assert (np.diff(b) > 0).all()
    assert len(b) <= 300
    assert np.abs(np.diff(np.sqrt(place.loss))).max() < 0.05
    assert float(look(w, middle).norm) >= 0.98 * place.norm.max()


def test_unclipped_is_thrown_far_away_and_clipped_stays():
    plain, clipped = descend(DEFAULT.w, DEFAULT.b, DEFAULT.lr, DEFAULT.clip)
    first = math.hypot(plain.w[1] - plain.w[0], plain.b[1] - plain.b[0])
    assert first == pytest.approx(DEFAULT.lr * 779.4, rel=1e-3)
    assert not inside((plain.w[-1], plain.b[-1]))
    assert plain.norm[-1] < 1e-6 < 0.08 < plain.loss[-1]
    assert all(map(inside, zip(clipped.w, clipped.b, strict=True)))
    steps = np.hypot(np.diff(clipped.w), np.diff(clipped.b))
    assert steps.max() <= DEFAULT.lr * DEFAULT.clip * (1 + 1e-9)
    assert clipped.loss[-1] < 1e-3 < plain.loss[0]


CORNERS = [*product(W_RANGE, B_RANGE), (7.0, wall(7.0)), (7.0, edge(7.0)), (3.0, -2.0)]


@pytest.mark.parametrize(("w", "b"), CORNERS)
@pytest.mark.parametrize("language", ["en", "bn"])
def test_whatever_is_chosen_can_be_drawn_and_told(w, b, language):
    text = load(language)
    for lr, clip in product((LRS[0], LRS[-1]), (CLIPS[0], CLIPS[-1])):
        paths = descend(w, b, lr, clip)
        for path in paths:
            assert np.isfinite([path.w, path.b, path.loss, path.norm]).all()
            assert path.lost or len(path.w) == UPDATES + 1
        for frame in charts.frames(surface(), paths, text).values():
            assert np.isfinite(frame.select_dtypes("number")).all(axis=None)
            assert frame.x.between(*W_RANGE).all()
            assert frame.y.between(*B_RANGE).all()
        said = sentences(Descent(w, b, lr, clip), paths, text)
        assert "{" not in said
        assert "NaN" not in said


def test_a_gradient_that_is_not_finite_ends_the_path():
    """So steep that the product of fifty factors leaves float64."""
    plain, clipped = descend(1e9, edge(1e9), 0.2, 0.5)
    assert plain.lost
    assert clipped.lost
    assert len(plain.w) == 1
    assert "not a number" in sentences(
        DEFAULT._replace(w=1e9, b=edge(1e9)), (plain, clipped), load("en")
    )


def test_where_a_path_leaves_the_picture():
    ends = within((5.0, -2.0), (13.0, -2.0))
    assert ends == ((5.0, -2.0), (7.0, -2.0))
    assert within((2.0, -2.0), (8.0, -2.0)) == ((3.0, -2.0), (7.0, -2.0))
    assert within((8.0, -2.0), (9.0, -1.5)) is None
    assert within((2.0, 0.0), (8.0, 0.0)) is None


def test_charts_are_light():
    slice_ = charts.slice_frame(*along_b(7.0, -5.3, -2.3), wall(7.0), 1, load("bn"))
    surfaces = charts.frames(surface(), descend(*POINTS[0], 0.2, 0.5), load("bn")).values()
    sizes = [len(convert_anything_to_arrow_bytes(table)) for table in (*surfaces, slice_)]
    assert sum(sizes[:2]) < 115_000
    assert sum(sizes) < 150_000


@pytest.mark.parametrize(
    "written", ["", "5", "5,-2,0.2", "nan,-2,0.2,0.5", "5,-9,0.2,0.5", "5,-2,0.3,0.5", "a,b,c,d"]
)
def test_links_that_say_nonsense_start_at_the_edge(written):
    assert CLIFF.read(written) == (DEFAULT, False)


def test_links_tell_the_whole_choice():
    chosen = Descent(4.5, -2.25, 0.05, 10.0)
    assert CLIFF.read(CLIFF.write(chosen)) == (chosen, True)
    assert CLIFF.read(None) == (DEFAULT, True)
    start, _ = CLIFF.read(CLIFF.write(DEFAULT))
    assert float(look(start.w, start.b).norm) == pytest.approx(779.4, rel=1e-3)


def opened(**query):
    app = AppTest.from_file(ROOT / "streamlit_app.py", default_timeout=60)
    for key, value in ({"lab": "cliff", "steps": "2", "depth": "2"} | query).items():
        app.query_params[key] = value
    app.switch_page(PAGES["mathematics"]).run()
    assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
    return app


def words(app):
    return " ".join(each.value for each in app.markdown)


@pytest.mark.parametrize("language", ["en", "bn", "both"])
def test_page_tells_the_default_start(language):
    said = words(opened(lang=language))
    assert ("৭৭৯.৪" if language == "bn" else "779.4") in said


def test_widgets_follow_the_link_and_the_link_follows_them():
    app = opened(cliff="4.5,-2.25,0.05,10")
    assert app.number_input(key="cliff_b").value == -2.25
    app.select_slider(key="cliff_lr").set_value(0.1).run()
    assert app.query_params["cliff"] == "4.5,-2.25,0.1,10"
    app.button(key="cliff_edge").click().run()
    assert app.number_input(key="cliff_b").value == pytest.approx(edge(4.5))
    assert not app.exception


def test_nonsense_in_the_link_is_told():
    assert load("en")("mathematics.cliff.problem") in words(opened(cliff="1,2,3"))
