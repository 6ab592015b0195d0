"""A client that opens links as a browser does, and then sends what none would."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import websockets
from google.protobuf.message import Message
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetStates

from core.experiment import FIELDS, Experiment
from tests.attack import hostile
from tests.protocol import OPTIONS, PATH, SUBPROTOCOL, answers, ask

CODE = re.compile(r"`[^`]*`")
NOT_SHOWN = {"query_string", "id", "page_script_hash", "raw_value", "data", "spec", "name"}
"""Fields of Streamlit's messages whose text no browser reads as Markdown or HTML."""
MOST_BYTES = 2_000_000
"""So much is a whole page at most."""
LONGEST_QUERY = 4_000


@dataclass
class Answer:
    """What came until the script had finished."""

    faults: list[str] = field(default_factory=list)
    widgets: dict[str, Any] = field(default_factory=dict)
    fragments: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    query: str = ""
    size: int = 0

    def take(self, message: ForwardMsg) -> None:
        """One message of the server's."""
        self.size += message.ByteSize()
        match message.WhichOneof("type"):
            case "delta":
                self._see(message.delta)
            case "page_info_changed":
                self.query = message.page_info_changed.query_string
            case "script_finished":
                self._end(ForwardMsg.ScriptFinishedStatus.Name(message.script_finished))

    def _see(self, delta: Delta) -> None:
        if delta.fragment_id:
            self.fragments.add(delta.fragment_id)
        drawn = delta.new_element if delta.HasField("new_element") else delta.add_block
        kind = drawn.WhichOneof("type")
        if kind is None:
            return
        shown = getattr(drawn, kind)
        if kind == "exception":
            self.faults.append(f"{shown.type}: {shown.message} {shown.stack_trace}")
        if getattr(shown, "id", ""):
            self.widgets[shown.id] = shown
        self.words += texts(shown)

    def _check(self) -> None:
        """The address that the server writes last: an experiment without a fault, and no longer than links are."""
        said, query = dict(parse_qsl(self.query, keep_blank_values=True)), self.query
        _, problems = Experiment.from_query({k: v for k, v in said.items() if k in FIELDS})
        self.faults += [f"the address says {problem}" for problem in problems]
        if len(query) > LONGEST_QUERY:
            self.faults.append(f"an address of {len(query)} characters: {query[:100]}…")

    def _end(self, status: str) -> None:
        if "SUCCESSFULLY" not in status and "EARLY" not in status:
            self.faults.append(status)
        self._check()
        if self.size > MOST_BYTES:
            self.faults.append(f"{self.size} bytes")
        acting = [w for w in self.words if any(m in CODE.sub("", w) for m in hostile.MARKS)]
        self.faults += [f"shown as it came: {words[:200]}" for words in acting]


def texts(message: Message) -> Iterator[str]:
    """Every text of a message that a browser may read as Markdown or HTML."""
    for about, value in message.ListFields():
        if about.name in NOT_SHOWN:
            continue
        for each in (
            value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
        ):
            if isinstance(each, str):
                yield each
            elif isinstance(each, Message):
                yield from texts(each)


class Attacker:
    """One tab. `answer` is the last."""

    def __init__(self, socket: websockets.ClientConnection, page: str, query: str) -> None:
        self._socket, self.page, self.query = socket, page, query
        self.answer = Answer()
        self._known: dict[str, Any] = {}
        self._fragments: set[str] = set()

    async def ask(self, **state: Any) -> Answer:
        """Send it, and wait for all that comes."""
        asked = {"page_name": self.page, "query_string": self.query} | state
        await ask(self._socket, **asked)
        self.answer = Answer()
        async for message in answers(self._socket):
            self.answer.take(message)
        self.query = self.answer.query or self.query
        self._known |= self.answer.widgets
        if "fragment_id" not in state:  # of a page that is drawn anew no other fragments stay
            self._fragments = set()
        self._fragments |= self.answer.fragments
        return self.answer

    async def attack(self, rng: Random) -> Answer:
        """Values of any type for some widgets that are there, and for one that is not; now and then elsewhere."""
        ids = rng.sample(sorted(self._known), min(len(self._known), rng.randrange(1, 5)))
        ids += rng.sample(["", "no such widget", "$$ID-0-lang", "\x00" * 100], rng.randrange(2))
        sent = [self._chosen(each, rng) or hostile.state(each, rng) for each in ids]
        where: dict[str, Any] = {}
        match rng.randrange(8):
            case 0:  # to a fragment that is not there nothing is answered
                unknown = {"fragment_id": rng.choice(hostile.TEXTS[1:])}
                await ask(self._socket, widget_states=WidgetStates(widgets=sent), **unknown)
            case 1 | 2 if self._fragments:
                where["fragment_id"] = rng.choice(sorted(self._fragments))
            case 3:
                where["page_script_hash"] = rng.choice(hostile.TEXTS)
            case 4:
                where["query_string"] = hostile.query(rng)
            case 5:
                where |= {"is_history_navigation": True, "query_string": hostile.query(rng)}
            case 6:
                where["page_name"] = rng.choice(hostile.TEXTS)
        return await self.ask(widget_states=WidgetStates(widgets=sent), **where)

    def _chosen(self, widget: str, rng: Random) -> Any:
        """For one in three something that the widget offers; never a size, so that no run takes long."""
        about = self._known.get(widget)
        options = list(getattr(about, "options", []))
        own = re.search(r"-(depth|width|steps|batch_size)$", widget)
        if not options or own or rng.random() < 2 / 3:
            return None
        said = hostile.WidgetState(id=widget)
        option = rng.choice(options)
        option = option if isinstance(option, str) else option.content
        if type(about).__name__ == "Selectbox":
            said.string_value = option
        else:
            said.string_array_value.data.append(option)
        return said


@asynccontextmanager
async def attacking(address: str, page: str, query: str):
    """Somebody who has opened a link, and leaves at the end."""
    url = f"ws://{urlsplit(address).netloc}{PATH}"
    async with websockets.connect(
        url, subprotocols=[SUBPROTOCOL], open_timeout=60, **OPTIONS
    ) as socket:
        attacker = Attacker(socket, page, query)
        await attacker.ask()
        yield attacker


async def visit(address: str, page: str, query: str, rng: Random, patience: float) -> list[str]:
    """Open a link, attack twice, leave: what went wrong. Who has waited so many seconds leaves before."""
    faults: list[str] = []
    try:
        async with asyncio.timeout(patience), attacking(address, page, query) as attacker:
            faults += attacker.answer.faults
            for _ in range(2):
                faults += (await attacker.attack(rng)).faults
    except TimeoutError:
        return [*faults, ""]
    return faults
