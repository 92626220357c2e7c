"""XMPP: rooms that several owners share (XEP-0045), one for each conversation. The component itself is the service.

Theory of operation. Everything about a room (`room.py`) is a row of the connector's position: its title, who is in it,
its last lines, and how many of them have been handed out. What comes is taken in order (`intake.py`): a pure function
says what an owner's presence (`entering.py`) or message (`saying.py`) makes of the room, and what is to be sent; the
rooms as they are then are committed, in one transaction with the message, and only then anything is sent. So whoever
reads a line knows that it is stored, the one who wrote it, too. What the bridge says goes the same way (`service.py`).

    a line --> committed with its room --> a copy to everybody in it, an invitation to owners who are not
           --> the server has answered a ping behind them: handed out

What was not handed out as the connection broke, or the bridge was killed, is handed out at the next session, under the
same ids; before that everybody who was in a room is asked whether they still are. Who enters later reads the lines
that are kept (`lines.py`).

Whose a line is the stanza says, by the address that the owner's server stamps on it; names in a room (`people.py`) are
given by the service, and say it to people.
"""
