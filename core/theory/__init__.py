"""What theory says before anything is trained: mean field, what it predicts, critical gains, number formats.

No torch.
"""

from core.theory.critical_gain import critical_gain
from core.theory.mean_field import growth_rate
from core.theory.prediction import predict

__all__ = ["critical_gain", "growth_rate", "predict"]
