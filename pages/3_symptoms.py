"""Symptoms: the run, what each rule found in it and when, and what it died of."""

from core.labs.autopsy.view import autopsy
from core.labs.own_log.view import own_log
from core.labs.symptoms.view import findings, rules, warned_picture
from core.ui import open_page

with open_page("symptoms") as page:
    page.picture(warned_picture)
    page.ending()
    page.look()
    page.block(findings, patient=True)
    page.prose(first=2)
    page.lab_of_run("rules", rules)
    page.lab_of_run("autopsy", autopsy)
    page.lab("own_log", own_log)
