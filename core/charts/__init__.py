"""Pictures of a run: tidy frames and Vega-Lite specifications. No Streamlit, no torch.

Each name below chooses a page's picture: `(steps, experiment, done) -> Picture`.
"""

from collections.abc import Sequence

from core.charts.base.picture import Picture
from core.charts.films.by_layer import factors, signal_by_layer
from core.charts.films.clip_angle import turning
from core.charts.films.film import clip_effect, film_with_weights
from core.charts.films.heatmap import heatmap
from core.charts.films.seismograph import main_picture
from core.experiment import Experiment
from core.steps import Step


def weights_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """Loss, gradient norm and weight norm."""
    return film_with_weights


def signal_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """The gradient layer by layer."""
    return signal_by_layer


def heatmap_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """The gradient of every layer at every step."""
    return heatmap


def factors_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """The product of the factors."""
    return factors


def clipping_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """The gradient before and after clipping."""
    return clip_effect


def turning_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> Picture:
    """The angle by which clipping turned the gradient, and the share of entries it changed."""
    return turning
