"""Symptoms: the run, what each rule found in it and when, and what it died of."""

from core import ui

lesson = ui.open_page("symptoms")
lesson.picture(ui.warned_picture)
lesson.block(ui.findings, patient=True)
lesson.block(ui.post_mortem)
lesson.ending()
lesson.look()
lesson.prose()
lesson.close()
