"""Symptoms: the run, what each rule found in it and when, and what it died of."""

from core.labs.symptoms.view import findings, warned_picture
from core.ui import open_page
from core.ui.autopsy import post_mortem

with open_page("symptoms") as page:
    page.picture(warned_picture)
    page.block(findings, patient=True)
    page.block(post_mortem)
    page.ending()
    page.look()
    page.prose()
