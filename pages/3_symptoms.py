"""Symptoms: the run, what each rule found in it and when, and what it died of."""

from core.labs.symptoms.view import findings, warned_picture
from core.ui import open_page
from core.ui.autopsy import post_mortem

lesson = open_page("symptoms")
lesson.picture(warned_picture)
lesson.block(findings, patient=True)
lesson.block(post_mortem)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
