"""How the signal travels at the start: guessed, predicted, measured."""
