"""Streamlit's websocket protocol: what a browser asks for, and what comes until the script has finished."""

from collections.abc import AsyncIterator
from typing import Any

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

PATH = "/_stcore/stream"
SUBPROTOCOL = websockets.Subprotocol("streamlit")
OPTIONS: dict[str, Any] = {"max_size": None, "ping_interval": None}
"""Of a connection: a page is as large as it is."""


async def ask(socket: websockets.ClientConnection, **state: Any) -> None:
    """Have a page's script run. state: as of Streamlit's ClientState, `page_name` and `query_string` among them."""
    message = BackMsg(rerun_script=ClientState(**state))
    await socket.send(message.SerializeToString())


async def answers(socket: websockets.ClientConnection) -> AsyncIterator[ForwardMsg]:
    """What comes until the script has finished, that with it; a script that begins again has not."""
    while True:
        message = ForwardMsg.FromString(await socket.recv())
        yield message
        ends = message.WhichOneof("type") == "script_finished"
        if ends and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return
