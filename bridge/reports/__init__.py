"""Reports: figures of a period, computed from the log and the business hours each time they are asked for. Pure.

survival.py  medians and the like of waits of which some go on
figures.py   what a report says: counts, waits, shares, by channel, owner, tag, hour or weekday
tables.py    the figures, and the waits behind them, as rows for people and spreadsheets
plots.py     the drawings
page.py      one page of HTML that needs nothing else
"""
