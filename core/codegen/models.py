"""What of a script is a kind's own, by kind."""

from core.codegen.mlp import MODEL as MLP
from core.codegen.rnn import MODEL as RNN

MODELS = {model.kind: model for model in (MLP, RNN)}
