"""Reports: figures of a period, computed from the log and the business hours each time they are asked for. Pure.

survival.py  medians and the like of waits of which some go on
figures.py   what a report says: counts, waits, shares, by channel, owner, tag, hour or weekday
precision.py how many of the bridge's own answers were right
wording.py   lengths of time, shares, names, in the language of who reads
tables.py    the figures as rows for people
opinions.py  what customers said of how it was
export.py    the figures, and what is behind them, for spreadsheets
plain.py     and for programs
sheet.py     that as a workbook
plots.py     the drawings
cards.py     the figures on top of the page
page.py      one page of HTML that needs nothing else
"""
