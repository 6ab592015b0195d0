"""One folder a lab: model, words, chart, view. Labs are strangers to each other."""
