"""A class without browsers: visitors who open links, keep their cookies, and speak Streamlit's websocket protocol."""

import asyncio
import time
import urllib.error
import urllib.request
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

import websockets
from streamlit.proto.Block_pb2 import Block
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.protocol import OPTIONS, PATH, SUBPROTOCOL, answers, ask

NAME = "gradient.example.org"
"""By which they know the server: to a stranger's page Streamlit lets nobody connect but by its own name."""
PAUSE = 0.5
"""Seconds between two attempts to come back, as the browser waits before its first."""


class Visitor:
    """One tab of one browser."""

    def __init__(self, address: str, page: str, query: str, *, cookies: bool = True) -> None:
        self.address, self.page, self.query = address, page, query
        self.cookies: SimpleCookie | None = SimpleCookie() if cookies else None
        self.session = ""
        self.words: dict[tuple[int, ...], str] = {}
        """What can be read on the page, by its place there."""
        self.download = ""
        self._socket: websockets.ClientConnection | None = None

    @property
    def replica(self) -> str:
        """Whom nginx's cookie names; nobody for who has none."""
        return self.cookies["replica"].value if self.cookies and "replica" in self.cookies else ""

    def get(self, path: str) -> tuple[int, bytes]:
        """An ordinary request: its status and its body."""
        return self._ask(urllib.request.Request(self.address + path, headers=self._headers()))

    def upload(self, name: str) -> int:
        """Send a small file as Streamlit's uploader does, with the token against forgery: the status."""
        part = f'Content-Disposition: form-data; name="{name}"; filename="{name}"'
        headers = self._headers() | {
            "Content-Type": "multipart/form-data; boundary=edge",
            "X-Xsrftoken": self._token(),
        }
        path = f"{self.address}/_stcore/upload_file/{self.session}/{name}"
        body = f"--edge\r\n{part}\r\n\r\nstep,loss\r\n--edge--\r\n".encode()
        return self._ask(urllib.request.Request(path, body, headers, method="PUT"))[0]

    def _ask(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                self._keep(answer.headers.get_all("Set-Cookie", []))
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    async def arrive(self) -> None:
        """The page's frame, then its connection, then the page as it is when its script has finished."""
        status, _ = await asyncio.to_thread(self.get, f"/{self.page}?{self.query}")
        assert status == 200
        await self._connect()

    async def is_left(self) -> None:
        """Wait until the connection is lost."""
        assert self._socket is not None
        await asyncio.wait_for(self._socket.wait_closed(), 10)

    async def come_back(self) -> float:
        """As a browser: ask for the server's health until it is well, connect, then ask for the page by its address.

        Seconds until the page is whole.
        """
        began, self.words, self.download = time.perf_counter(), {}, ""
        while True:
            await asyncio.sleep(PAUSE)
            if (await asyncio.to_thread(self.get, "/_stcore/health"))[0] == 200:
                await self._connect()
                return time.perf_counter() - began

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    def _headers(self) -> dict[str, str]:
        kept = self.cookies or {}
        cookie = "; ".join(f"{name}={each.value}" for name, each in kept.items())
        return {"Cookie": cookie} if cookie else {}

    def _token(self) -> str:
        token = (self.cookies or {}).get("_streamlit_xsrf")
        return token.value if token else ""

    def _keep(self, told: list[str]) -> None:
        for cookie in told if self.cookies is not None else ():
            self.cookies.load(cookie)

    async def _connect(self) -> None:
        server = urlsplit(self.address)
        names = [SUBPROTOCOL, self._token() or "none", self.session]
        self._socket = await websockets.connect(
            f"ws://{NAME}:{server.port}{PATH}",
            host=server.hostname,
            port=server.port,
            origin=websockets.Origin(f"http://{NAME}:{server.port}"),
            subprotocols=[websockets.Subprotocol(name) for name in names if name],
            additional_headers=self._headers(),
            **OPTIONS,
        )
        self._keep(self._socket.response.headers.get_all("Set-Cookie"))
        await ask(self._socket, query_string=self.query, page_name=self.page)
        async for message in answers(self._socket):
            self._read(message)

    def _read(self, message: ForwardMsg) -> None:
        """Take a message in."""
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self.session = message.new_session.initialize.session_id
        elif kind == "delta":
            place = tuple(message.metadata.delta_path)
            self.words = {p: w for p, w in self.words.items() if p[: len(place)] != place}
            if message.delta.HasField("new_element"):
                self._see(place, message.delta.new_element)
            elif message.delta.HasField("add_block"):
                self._see_block(place, message.delta.add_block)

    def _see(self, place: tuple[int, ...], element: Element) -> None:
        kind = element.WhichOneof("type")
        assert kind != "exception", element.exception.message
        if kind == "download_button":
            self.download = element.download_button.url
        shown = getattr(element, kind)
        words = getattr(shown, "body", "") or getattr(shown, "label", "")
        if words and kind != "html":
            self.words[place] = words

    def _see_block(self, place: tuple[int, ...], block: Block) -> None:
        """The words of the experiment's sentence are popovers."""
        if block.WhichOneof("type") == "popover":
            self.words[place] = block.popover.label
