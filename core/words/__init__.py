"""Sentences: the verdict, the settings, suggestions; content's texts in, markdown out. No Streamlit."""
