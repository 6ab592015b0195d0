"""Pictures of a run: tidy frames and Vega-Lite specifications. No Streamlit, no torch.

Each name below chooses a page's picture: `(steps, experiment, done) -> Picture`.
"""

from collections.abc import Callable, Sequence

from core.charts.base.picture import Picture
from core.charts.films.by_layer import factors, signal_by_layer
from core.charts.films.clip_angle import turning
from core.charts.films.film import clip_effect, film_with_weights
from core.charts.films.heatmap import heatmap
from core.charts.films.seismograph import main_picture
from core.experiment import Experiment
from core.steps import Step


def _always(picture: Picture) -> Callable[[Sequence[Step], Experiment, bool], Picture]:
    """The same picture whatever became of the run."""
    return lambda *_: picture


weights_picture = _always(film_with_weights)
signal_picture = _always(signal_by_layer)
heatmap_picture = _always(heatmap)
factors_picture = _always(factors)
clipping_picture = _always(clip_effect)
turning_picture = _always(turning)
