"""Symptoms: the run, what each rule found in it and when, and what it died of."""

from core.labs.symptoms.view import findings, warned_picture
from core.ui import open_page
from core.ui.autopsy import post_mortem

page = open_page("symptoms")
page.picture(warned_picture)
page.block(findings, patient=True)
page.block(post_mortem)
page.ending()
page.look()
page.prose()
page.close()
