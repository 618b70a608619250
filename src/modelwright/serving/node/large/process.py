"""The helper process: does one piece of work after the other from the socket `argv[1]`, until the node closes it."""

from __future__ import annotations

import logging
import socket
import sys

from modelwright.serving.node.large import frames, work


def main() -> None:
    logging.basicConfig(level="WARNING", format="%(levelname)s node %(message)s")
    with socket.socket(fileno=int(sys.argv[1])) as stream:
        try:
            while True:
                frames.send(stream, work.do(frames.receive(stream)))
        except (EOFError, ConnectionError):
            return


if __name__ == "__main__":
    main()
