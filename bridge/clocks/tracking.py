"""A conversation while its events are followed (`track.py`): what is open, what is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bridge.clocks.surveys import Survey
from bridge.clocks.turns import Case, Episode, Turn
from bridge.clocks.votes import Vote
from bridge.happened import Happened

ASKED_ON = timedelta(hours=1) // timedelta(microseconds=1)
"""Words so soon after the bridge's answer still ask for what it was to answer; later ones are a matter of their own."""


@dataclass(slots=True)
class _Open:
    """A turn that goes on."""

    began: int
    words: int = 1
    bot_at: int | None = None
    again_at: int | None = None


@dataclass(slots=True)
class Tracking:
    """A conversation while its events are followed; `arrived` are answers that have not counted yet. `responded`: a
    turn has ended by a person's answer, or by a closing.
    """

    number: int
    arrived: dict[str, Happened]
    channel: str = ""
    whose: str = ""
    tagged: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=list)
    words: list[int] = field(default_factory=list)
    turn: _Open | None = None
    responded: bool = False
    episode: int | None = None
    unseen: list[int] = field(default_factory=list)
    votes: dict[str, Vote] = field(default_factory=dict)
    surveys: list[Survey] = field(default_factory=list)

    def heard(self, at: int, channel: str, *, moved: bool = False) -> None:
        """A customer's words; `moved` ones have been counted elsewhere."""
        self.channel = self.channel or channel
        if not moved:
            self.words.append(at)
        self.episode = at if self.episode is None else min(self.episode, at)
        if not moved and self._content_until(at):
            self._end(closed_at=at)
        if self.turn is None:
            self.turn = _Open(at)
            return
        self.turn.words += 1
        self.turn.began = min(self.turn.began, at)
        if self.turn.bot_at is not None and self.turn.again_at is None:
            self.turn.again_at = max(at, self.turn.bot_at)

    def _content_until(self, at: int) -> bool:
        """Whether the bridge's answer was enough for so long that words of now are about something else."""
        turn = self.turn
        return turn is not None and turn.again_at is None and turn.bot_at is not None and at - turn.bot_at > ASKED_ON

    def asked_on(self, at: int) -> None:
        """The bridge's answer is not what was needed: a person is waited for, though nothing more was written."""
        self.heard(at, self.channel, moved=True)
        assert self.turn is not None
        self.turn.words -= 1

    def moved(self, *, whole: bool) -> None:
        """What waits here waits in another conversation now; the `whole` conversation is a part of it."""
        self.turn = None
        if whole:
            self.episode = None
            self.unseen.clear()

    def held(self, at: int, channel: str) -> None:
        """A stranger's words, which nobody sees yet."""
        self.channel = self.channel or channel
        self.unseen.append(at)

    def let_in(self) -> None:
        """What was held has waited from the beginning."""
        for at in self.unseen:
            self.heard(at, self.channel)
        self.unseen.clear()

    def answered(self, at: int, by: str) -> None:
        """A person's answer has arrived."""
        self.let_in()
        if self.turn is not None:
            self._end(person_at=max(at, self.turn.began), person=by)
            self.responded = True

    def bot_answered(self, at: int) -> None:
        """The bridge's own has."""
        if self.turn is not None and self.turn.bot_at is None:
            self.turn.bot_at = max(at, self.turn.began)

    def closed(self, at: int, by: str) -> None:
        """The case is done."""
        self.unseen.clear()
        if self.turn is not None:
            self._end(closed_at=max(at, self.turn.began))
            self.responded = True
        if self.episode is not None:
            self._resolve(closed_at=max(at, self.episode), by=by)

    def latest_episode(self, otherwise: int) -> int:
        """When the episode began that goes on, or the last one; `otherwise` where there was none."""
        if self.episode is not None:
            return self.episode
        return self.episodes[-1].began if self.episodes else otherwise

    def _end(self, *, person_at: int | None = None, person: str = "", closed_at: int | None = None) -> None:
        assert self.turn is not None
        self.turns.append(
            Turn(
                case=self.number,
                channel=self.channel,
                first=not self.responded,
                began=self.turn.began,
                words=self.turn.words,
                bot_at=self.turn.bot_at,
                again_at=self.turn.again_at,
                person_at=person_at,
                person=person,
                closed_at=closed_at,
                owner=person or self.whose,
            )
        )
        self.turn = None

    def _resolve(self, *, closed_at: int | None = None, by: str = "") -> None:
        assert self.episode is not None
        self.episodes.append(
            Episode(
                case=self.number,
                channel=self.channel,
                began=self.episode,
                reopened=bool(self.episodes),
                closed_at=closed_at,
                by=by,
                owner=by or self.whose,
            )
        )
        self.episode = None

    def case(self) -> Case:
        """What has been seen; what goes on, goes on."""
        if self.turn is not None:
            self._end()
        if self.episode is not None:
            self._resolve()
        return Case(
            number=self.number,
            channel=self.channel,
            turns=self.turns,
            episodes=self.episodes,
            words=self.words,
            tagged=self.tagged,
            votes=tuple(self.votes.values()),
            surveys=self.surveys,
        )
