"""Pictures of a run: tidy frames and Vega-Lite specifications. No Streamlit, no torch.

Each name below chooses a page's picture: `(steps, experiment, done) -> Picture`. What draws it, with Altair
and pandas, is loaded with the first picture, when the page's text is long there.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.experiment import Experiment
from core.steps import Step

if TYPE_CHECKING:
    from core.charts.base.picture import Picture

Choose = Callable[[Sequence[Step], Experiment, bool], "Picture"]


def main_picture(steps: Sequence[Step], experiment: Experiment, done: bool) -> "Picture":
    """The picture that shows this run best."""
    from core.charts.films import seismograph

    return seismograph.main_picture(steps, experiment, done)


def _always(film: str, name: str) -> Choose:
    """The same picture whatever became of the run."""

    def choose(*_: Any) -> "Picture":
        picture: Picture = getattr(import_module(f"core.charts.films.{film}"), name)
        return picture

    return choose


weights_picture = _always("film", "film_with_weights")
signal_picture = _always("by_layer", "signal_by_layer")
heatmap_picture = _always("heatmap", "heatmap")
factors_picture = _always("by_layer", "factors")
clipping_picture = _always("film", "clip_effect")
turning_picture = _always("clip_angle", "turning")
