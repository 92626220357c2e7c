"""Business hours: open now? next opening? how much business time between two moments? Pure.

times.py     a stretch of a day ("09:00-12:00"), and the moment at which a clock on the wall shows a time
days.py      what is open on a date, and why: the week, holidays, special days, calendars
opening.py   Hours: the questions, answered by bisection in a table of open intervals per year
calendars.py an iCalendar's bytes -> closures and special openings
holidays.py  public holidays by country and region
words.py     the next opening, and the week, in a customer's language
"""

from bridge.hours.days import OpenDay, Special, Timetable
from bridge.hours.opening import ALWAYS, Hours
from bridge.hours.times import HoursError, Span, WallClock

__all__ = ["ALWAYS", "Hours", "HoursError", "OpenDay", "Span", "Special", "Timetable", "WallClock"]
